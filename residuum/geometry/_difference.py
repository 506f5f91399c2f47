"""The difference of two shapes: holes and cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from sympy import Expr

from residuum.geometry._abstract import BOUNDARY
from residuum.geometry._checks import Array, Mask, Placed
from residuum.geometry._combination import Combination
from residuum.geometry._rfunctions import conjunction


@final
@dataclass(frozen=True)
class Difference(Combination):
    """The points of the first shape and not of the second, ``first - second``; see `Combination`.

    Raises:
        DomainError: other axes, or no point left over among 2**16 tried.
    """

    flip: ClassVar[float] = -1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._refuse_empty("a shape with points left over", "Make the part taken off smaller.")

    @property
    def bounds(self) -> Array:
        """Box around the first shape, (d, 2)."""
        return self.first.bounds

    def measure(self) -> float:
        """Return the measure; exact when the second lies inside the first."""
        return self.first.measure() - self._overlap

    def implicit(self) -> Expr:
        """Return the joined signed function; see `Shape.implicit`."""
        return conjunction(self._signed_terms())

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return the first's distance joined with the distance outside the second."""
        return conjunction(self._terms(self._known(part), normalised=normalised))

    def _signed_terms(self) -> list[Expr]:
        return [*self.first._signed_terms(), -self.second.implicit()]

    def _terms(self, part: str, *, normalised: bool) -> list[Expr]:
        terms = []
        if part in (*self.first.parts, BOUNDARY):
            terms += self.first._terms(part, normalised=normalised)
        if part == BOUNDARY or self.second.parts == (part,):
            terms.append(-self.second.implicit())
        elif part in self.second.parts:
            # The lines of a single side run on through what is left: only the side itself may stay.
            terms.append(self.second._trimmed(part))
        return terms

    def _join(self, first: Array, second: Array) -> tuple[Array, Mask]:
        return np.maximum(first, -second), first >= -second

    def _keeping(self) -> tuple[Expr, Expr]:
        return -self.second.implicit(), self.first.implicit()

    def _interior(self, unit: Array) -> Placed:
        points, keep = self.first._interior(unit)
        return points, keep & (self.second.signed_distance(points) > 0)

    def _room(self) -> float:
        return self.first._room()
