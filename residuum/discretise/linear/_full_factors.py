"""LU factors of matrices that are hardly sparse, by LAPACK."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.linear._factors import SINGULAR, Side
from residuum.discretise.linear._path import SingularMatrix

FULL, FEW = 0.2, 64
"""Share of entries from which a matrix is factorised as a full one, and rows up to which sparse
factors are as good."""


def full(matrix: Any) -> bool:
    """Whether a sparse matrix (n, n) has so many entries that full factors are quicker."""
    n = matrix.shape[0]
    return bool(n > FEW and matrix.nnz > FULL * n * n)


@final
class FullFactors:
    """Factors with partial pivoting of an equilibrated matrix.

    Args:
        matrix: (n, n) CSC, equilibrated.

    Attributes:
        condition: LAPACK's estimate of the condition number in the 1-norm.

    Raises:
        SingularMatrix: the condition number exceeds that of ``Factors``.
    """

    name = "LAPACK"

    def __init__(self, matrix: Any) -> None:
        import scipy.linalg  # SciPy's linear algebra takes a while to import

        entries = matrix.toarray(order="F")
        size = float(np.abs(entries).sum(axis=0).max())
        factors, pivots, fault = scipy.linalg.lapack.dgetrf(entries, overwrite_a=True)
        share, _ = scipy.linalg.lapack.dgecon(factors, size)
        self.condition = 1.0 / share if fault == 0 and share > 0 else np.inf
        if not self.condition <= SINGULAR:
            raise SingularMatrix(f"the matrix is singular (condition about {self.condition:.0e})")
        self._factors = factors, pivots

    def __call__(self, right: np.ndarray, side: Side = "N") -> np.ndarray:
        """Return the solution (n,) of one substitution."""
        import scipy.linalg

        found, _ = scipy.linalg.lapack.dgetrs(*self._factors, right, trans=int(side == "T"))
        return np.asarray(found)
