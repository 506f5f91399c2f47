"""Incomplete LU factors as an approximate inverse."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.linear._equilibration import Equilibration
from residuum.discretise.linear._path import UnfitPath
from residuum.discretise.linear._structure import ApproximateInverse


@final
class Incomplete:
    """Incomplete LU factors of the equilibrated matrix: an ``ApproximateInverse``.

    Good for transport-dominated systems, whose information runs along characteristics. (Y. Saad,
    Iterative Methods for Sparse Linear Systems, 2nd edition, SIAM 2003, section 10.4, for factors
    with a threshold.)

    Args:
        matrix: (n, n) CSR.
        scale: its equilibration.

    Raises:
        UnfitPath: a pivot vanishes.
    """

    def __init__(self, matrix: Any, scale: Equilibration) -> None:
        import scipy.sparse.linalg as sla

        try:
            self.factors = sla.spilu(scale.scaled(matrix).tocsc(), drop_tol=1e-4, fill_factor=10.0)
        except (RuntimeError, MemoryError) as error:
            raise UnfitPath(f"incomplete factors could not be made: {error}") from error
        self.rows, self.columns = scale.rows, scale.columns

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        found: np.ndarray = self.columns * self.factors.solve(self.rows * residual)
        return found

    def turned(self) -> ApproximateInverse:
        """Return the approximate inverse of the transposed matrix from the same factors."""

        def correction(residual: np.ndarray) -> np.ndarray:
            found: np.ndarray = self.rows * self.factors.solve(self.columns * residual, "T")
            return found

        return correction
