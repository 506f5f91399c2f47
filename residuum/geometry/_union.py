"""The union of two shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._abstract import BOUNDARY
from residuum.geometry._checks import Array, Mask
from residuum.geometry._combination import Combination
from residuum.geometry._draw import spread
from residuum.geometry._rfunctions import disjunction


@final
@dataclass(frozen=True)
class Union(Combination):
    """The points of either shape, ``first | second``; see `Combination`."""

    @property
    def bounds(self) -> Array:
        """Box around both, (d, 2)."""
        one, two = self.first.bounds.T, self.second.bounds.T
        return np.stack([np.minimum(one[0], two[0]), np.maximum(one[1], two[1])], axis=1)

    def measure(self) -> float:
        """Return the measure; exact for members apart or one inside the other."""
        return self.first.measure() + self.second.measure() - self._overlap

    def implicit(self) -> Expr:
        """Return the joined signed function; see `Shape.implicit`.

        Raises:
            DomainError: the members touch along a face, where it would vanish inside.
        """
        return disjunction(self._alternatives())

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return the signed function for all, trimmed pieces for a part; see `Shape.distance`."""
        if self._known(part) == BOUNDARY:
            return self.implicit()
        self._refuse_shared_faces()
        return self._trimmed(part)

    def _alternatives(self) -> list[Expr]:
        """Return the terms of `implicit`, those of nested unions side by side."""
        self._refuse_shared_faces()
        found: list[Expr] = []
        for member in self._members:
            found += member._alternatives() if isinstance(member, Union) else [member.implicit()]
        return found

    def _join(self, first: Array, second: Array) -> tuple[Array, Mask]:
        return np.minimum(first, second), first <= second

    def _keeping(self) -> tuple[Expr, Expr]:
        return -self.second.implicit(), -self.first.implicit()

    def _refuse_shared_faces(self) -> None:
        points, keep = self.first._surface(BOUNDARY, spread(2**10, max(self.dimension - 1, 1)))
        on_both = points[keep & self.second.on_part(points, BOUNDARY)]
        if not self._exposed(on_both, self._tolerance(None)).all():
            remedy = "Let them overlap a little, or draw the outline as one Polygon."
            raise DomainError("members that overlap or stay apart", "a shared face", remedy)
