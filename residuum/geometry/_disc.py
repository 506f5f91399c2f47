"""The disc."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from residuum._core._errors import DomainError
from residuum.geometry._round import Round


@final
@dataclass(frozen=True)
class Disc(Round):
    """The points of the plane within ``radius`` of ``center``.

    Args:
        center: two coordinates.
        radius: positive, in the units of the axes.
        axes: names of the two coordinates.
        name: name of the boundary, its only part.

    Raises:
        DomainError: a centre that is not two finite numbers, a radius that is not positive.
    """

    axes: tuple[str, ...] = field(default=("x", "y"), kw_only=True)
    name: str = field(default="circle", kw_only=True)

    def __post_init__(self) -> None:
        if len(self.center) != 2:
            remedy = "Use Ball in other dimensions."
            raise DomainError("a centre of two numbers", repr(self.center), remedy)
        super().__post_init__()
