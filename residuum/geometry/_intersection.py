"""The intersection of two shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from sympy import Expr

from residuum.geometry._abstract import BOUNDARY
from residuum.geometry._checks import Array, Mask, Placed
from residuum.geometry._combination import Combination
from residuum.geometry._rfunctions import conjunction


@final
@dataclass(frozen=True)
class Intersection(Combination):
    """The points of both shapes, ``first & second``; see `Combination`.

    Raises:
        DomainError: other axes, or no point in common among 2**16 tried.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._refuse_empty("shapes with points in common", "Move them together.")

    @property
    def bounds(self) -> Array:
        """Box around the common part (the common part of both boxes), (d, 2)."""
        one, two = self.first.bounds.T, self.second.bounds.T
        return np.stack([np.maximum(one[0], two[0]), np.minimum(one[1], two[1])], axis=1)

    def measure(self) -> float:
        """Return the measure; exact for one member inside the other."""
        return self._overlap

    def implicit(self) -> Expr:
        """Return the joined signed function; see `Shape.implicit`."""
        return conjunction(self._signed_terms())

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return the members' distances, joined; see `Shape.distance`."""
        return conjunction(self._terms(self._known(part), normalised=normalised))

    def _signed_terms(self) -> list[Expr]:
        return self.first._signed_terms() + self.second._signed_terms()

    def _terms(self, part: str, *, normalised: bool) -> list[Expr]:
        owners = (self._members[k] for k in self._owners(part))
        return [term for own in owners for term in own._terms(part, normalised=normalised)]

    def _join(self, first: Array, second: Array) -> tuple[Array, Mask]:
        return np.maximum(first, second), first >= second

    def _keeping(self) -> tuple[Expr, Expr]:
        return self.second.implicit(), self.first.implicit()

    def _interior(self, unit: Array) -> Placed:
        if (self.bounds[:, 0] >= self.bounds[:, 1]).any():
            return np.full(unit.shape, np.nan), np.zeros(len(unit), dtype=bool)
        return super()._interior(unit)
