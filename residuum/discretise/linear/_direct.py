"""The direct path: LU factors and iterative refinement."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.linear._equilibration import equilibration
from residuum.discretise.linear._factors import Factors, Side
from residuum.discretise.linear._full_factors import FullFactors, full
from residuum.discretise.linear._krylov import Iterate, Stop
from residuum.discretise.linear._null_space import NullSpace
from residuum.discretise.linear._path import Path

REFINEMENTS = 5
ENOUGH = 1e-2
"""Residual beside the one asked below which another substitution is not worth its time."""


@final
class Direct(Path):
    """LU factors of the equilibrated matrix, refined by the residual of the matrix itself.

    Args:
        matrix: (n, n) CSR, finite.
        symmetric: whether values are symmetric; scales rows and columns alike.
        pattern: whether the pattern is symmetric.
        null: null space, if any: its pins are taken out of the system.

    Raises:
        SingularMatrix: the matrix has no inverse in float64.
    """

    def __init__(
        self, matrix: Any, *, symmetric: bool, pattern: bool, null: NullSpace | None = None
    ) -> None:
        self.null, self.whole = null, matrix
        pinned = matrix if null is None else null.pinned(matrix)
        self.scale = equilibration(pinned, symmetric=symmetric)
        with np.errstate(all="ignore"):
            scaled = self.scale.scaled(pinned).tocsc()
            self.factors: Factors | FullFactors = (
                FullFactors(scaled) if full(matrix) else Factors(scaled, pattern=pattern)
            )
        self.name = f"direct ({self.factors.name})"
        if null is not None and null.left is None:
            null.complete(self._left_null(null))

    def solve(self, right: np.ndarray, start: np.ndarray | None, stop: Stop) -> Iterate:
        """Return the refined solution; ``start`` is not needed."""
        return self._refined(right, stop, "N")

    def transposed(self, right: np.ndarray, stop: Stop) -> Iterate:
        """Return the refined solution of the transposed system."""
        return self._refined(right, stop, "T")

    def _refined(self, right: np.ndarray, stop: Stop, side: Side) -> Iterate:
        """Refine while the residual falls and is not yet far below what was asked."""
        matrix = self.whole if side == "N" else self.whole.T
        values, size = self._once(right, side), np.inf
        best = values
        for _ in range(REFINEMENTS):
            residual = right - matrix @ values
            now = float(np.linalg.norm(stop.weight * residual))
            if not now < size:
                break
            best, slow = values, now > 0.5 * size
            if slow or now <= ENOUGH * stop.size:
                break
            size, values = now, values + self._once(residual, side)
        return Iterate(best, 0)

    def _once(self, right: np.ndarray, side: Side) -> np.ndarray:
        found = self._substituted(right, side)
        if self.null is None:
            return found
        return (self.null if side == "N" else self.null.transposed()).orthogonal(found)

    def _substituted(self, right: np.ndarray, side: Side) -> np.ndarray:
        rows, columns = self.scale.rows, self.scale.columns
        if side == "T":
            rows, columns = columns, rows
        if self.null is not None:
            right = right.copy()
            right[self.null.pins] = 0.0
        found: np.ndarray = columns * self.factors(rows * right, side)
        return found

    def _left_null(self, null: NullSpace) -> np.ndarray:
        """Return L with Lᵀ A = 0: the identity on the pins, the rest by the transposed factors."""
        found = np.zeros((self.whole.shape[0], len(null.pins)))
        for j, pin in enumerate(null.pins):
            unit = np.zeros(len(found))
            unit[pin] = 1.0
            found[:, j] = unit - self._substituted(self.whole.T @ unit, "T")
        return found
