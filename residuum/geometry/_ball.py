"""The ball."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from residuum.geometry._round import Round


@final
@dataclass(frozen=True)
class Ball(Round):
    """The points of R^d, d >= 2, within ``radius`` of ``center``.

    Args:
        center: d coordinates.
        radius: positive, in the units of the axes.
        axes: names of the d coordinates.
        name: name of the boundary, its only part.

    Raises:
        DomainError: as many axes as coordinates are not given, or a radius is not positive.
    """

    axes: tuple[str, ...] = field(default=("x", "y", "z"), kw_only=True)
    name: str = field(default="sphere", kw_only=True)
