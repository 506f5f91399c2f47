"""A family with a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from residuum._core import Source
from residuum.problem import Family


@dataclass(frozen=True)
class NamedFamily:
    """One entry of the families of the catalogue.

    Args:
        name: as typed on the command line.
        title: one line.
        build: returns the family, stated in the public language only.
        shape: nodes along each axis that published sets have, or near to it.
        times: moments kept, for families that evolve; ``None`` for steady ones.
        source: where the family comes from.
        notes: where sources disagree, and what was chosen.
    """

    name: str
    title: str
    build: Callable[[], Family]
    shape: tuple[int, ...]
    times: int | None = None
    source: Source | None = None
    notes: str = ""
