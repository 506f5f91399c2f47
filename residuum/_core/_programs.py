"""Compiled programs kept from solve to solve."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

KEPT = 12
"""Programs kept: the levels of two or three solves."""
_kept: OrderedDict[Hashable, Any] = OrderedDict()


def remembered(key: Hashable, make: Callable[[], Any]) -> Any:
    """Return what was made for this key before, or make it; the oldest are forgotten.

    Nothing is kept for the key ``None``.
    """
    if key is None:
        return make()
    if key not in _kept:
        _kept[key] = make()
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]
