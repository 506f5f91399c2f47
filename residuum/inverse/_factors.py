"""Factors of a tall matrix that solve least squares for several right-hand sides, one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RANK = 0.9
"""Share of the columns that must be independent; fewer leave too much open."""
ROUNDING = 1e-13
"""Size of a pivot, against the largest, below which a column depends on the others."""


@dataclass(frozen=True)
class Factors:
    """A = Q·R·P of a column-scaled matrix, by a plain and then a pivoted factorisation.

    Args:
        left: Q, shape (n, k).
        triangle: the leading rows and columns of R, shape (r, r).
        order: columns in the order of their pivots, shape (k,).
        scale: norms of the columns, shape (k,).

    Source: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th ed., section 5.4.
    """

    left: np.ndarray
    triangle: np.ndarray
    order: np.ndarray
    scale: np.ndarray

    @staticmethod
    def of(matrix: np.ndarray) -> Factors | None:
        """Factor a matrix (n, k), n ≥ k; ``None`` if many of its columns depend on others."""
        import scipy.linalg  # SciPy's linear algebra takes a while to import

        scale = np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
        tall, square = scipy.linalg.qr(matrix / scale, mode="economic")
        turn, triangle, order = scipy.linalg.qr(square, mode="economic", pivoting=True)
        pivots = np.abs(np.diag(triangle))
        rank = int((pivots > ROUNDING * pivots[0]).sum())
        if rank < RANK * len(pivots):
            return None
        return Factors(tall @ turn[:, :rank], triangle[:rank, :rank], order, scale)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the least-squares solution for a right-hand side (n,) or several (n, q)."""
        import scipy.linalg  # SciPy's linear algebra takes a while to import

        found = np.zeros((len(self.order), *right.shape[1:]))
        rank = len(self.triangle)
        found[self.order[:rank]] = scipy.linalg.solve_triangular(self.triangle, self.left.T @ right)
        return (found.T / self.scale).T
