"""Classical discretisations: grids, elements, volumes, time steppers, linear solvers.

The fields that their answers are made of can be named from here; each is imported when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from residuum.discretise.elements import ElementField as ElementField
    from residuum.discretise.elements import MovingField as MovingField
    from residuum.discretise.spectral import GridField as GridField
    from residuum.discretise.volumes import VolumeField as VolumeField

_HOMES = {
    "ElementField": "elements",
    "GridField": "spectral",
    "MovingField": "elements",
    "VolumeField": "volumes",
}

__all__ = ["ElementField", "GridField", "MovingField", "VolumeField"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'residuum.discretise' has no attribute {name!r}")
    return getattr(importlib.import_module(f"residuum.discretise.{_HOMES[name]}"), name)
