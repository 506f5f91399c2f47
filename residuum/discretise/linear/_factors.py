"""Sparse LU factors that know how far they can be trusted."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np

from residuum._core import one_blas_thread
from residuum.discretise.linear._path import SingularMatrix

Side = Literal["N", "T"]
PIVOT = 1e-3
"""A diagonal entry is the pivot unless it is this much smaller than its column: the order of
elimination chosen for a symmetric pattern is kept as far as that is safe."""
SHIFT = 1e-10
"""Given to diagonals that vanish, relative to their rows, so that no pivot has to be looked for."""
SINGULAR = 1e14
"""Condition number, of equilibrated rows, above which no digit of a solution can be trusted."""
SUSPECT = 1e6
"""Condition number that a probe may show before it is estimated more closely."""


@final
class Factors:
    """SuperLU's factors of an equilibrated matrix.

    A symmetric pattern is ordered by minimum degree on the pattern itself, with pivots on the
    diagonal. Rows of multipliers have nothing there; looking for pivots elsewhere destroys the
    order and can multiply the fill (``benchmarks/sparse_paths.py`` prints it). They are given a
    small negative diagonal instead, which makes the matrix quasi-definite, and the caller refines
    (R. J. Vanderbei, SIAM J. Optim. 5, 1995). Other patterns, and factors that a probe finds
    inaccurate, take COLAMD and partial pivoting.

    Args:
        matrix: (n, n) CSC, equilibrated.
        pattern: whether the pattern is symmetric.

    Attributes:
        condition: estimate of the condition number in the 1-norm, from below.

    Raises:
        SingularMatrix: the condition number exceeds ``SINGULAR``.
    """

    def __init__(self, matrix: Any, *, pattern: bool) -> None:
        self.matrix = matrix
        self.sizes = _row_sizes(matrix)
        for ordering in ("MMD_AT_PLUS_A", "COLAMD") if pattern else ("COLAMD",):
            self.name = f"SuperLU, {ordering}"
            self.lu, shifted = _factorised(matrix, self.sizes, ordering)
            probed = None if self.lu is None else self._probed(shifted)
            if probed is None:
                continue
            self.condition = self._condition(probed)
            # What the shift hides, only factors without one can tell.
            if not shifted or self.condition < 1e-3 / SHIFT:
                break
        else:
            self.condition = np.inf
        if not self.condition <= SINGULAR:
            raise SingularMatrix(f"the matrix is singular (condition about {self.condition:.0e})")

    def __call__(self, right: np.ndarray, side: Side = "N") -> np.ndarray:
        """Return the solution (n,) of one substitution."""
        found: np.ndarray = self.lu.solve(right, trans=side)
        return found

    def _probed(self, shifted: bool) -> np.ndarray | None:
        """Return the solution for a probe, or nothing where refinement cannot mend the factors.

        Without shift the gap is measured against the solution too: a singular matrix has accurate
        factors and a huge solution. With it, refinement must converge.
        """
        probe = _signs(self.matrix.shape[0])
        found = self(probe)
        gaps = [_peak(probe - self.matrix @ found)]
        if not shifted:
            return found if gaps[0] <= 1e-6 * (1.0 + _peak(found)) else None
        for _ in range(2):
            found = found + self(probe - self.matrix @ found)
            gaps.append(_peak(probe - self.matrix @ found))
        return found if gaps[-1] <= 1e-10 * (1.0 + _peak(found)) + 1e-3 * gaps[0] else None

    def _condition(self, probed: np.ndarray) -> float:
        """Estimate the condition number: from the probe, and closer where that is suspicious.

        (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, SIAM 2002,
        algorithm 15.1.)
        """
        n = self.matrix.shape[0]
        size = float(np.asarray(abs(self.matrix).sum(axis=0)).max())
        y = probed / n
        best = float(np.abs(y).sum())
        for _ in range(4):
            # A probe meets any vector with at least the n-th part of its length.
            if best * size < SUSPECT:
                break
            z = self(np.where(y < 0, -1.0, 1.0), "T")
            if not np.isfinite(z).all():
                return np.inf
            x = np.zeros(n)
            x[int(np.argmax(np.abs(z)))] = 1.0
            y = self(x)
            now = float(np.abs(y).sum())
            if not now > best:
                break
            best = now
        return best * size


def _factorised(matrix: Any, sizes: np.ndarray, ordering: str) -> tuple[Any, bool]:
    """Return SuperLU's factors, nothing where a pivot is exactly zero, and whether shifted."""
    import scipy.sparse as sp
    import scipy.sparse.linalg as sla

    along, threshold = ordering == "MMD_AT_PLUS_A", 1.0
    shifted = False
    if along:
        diagonal = matrix.diagonal()
        bare = np.abs(diagonal) <= SHIFT * sizes
        shifted, threshold = bool(bare.any()), PIVOT
        if shifted:
            sign = -1.0 if diagonal.sum() < 0 else 1.0
            matrix = sp.csc_array(matrix - sp.diags_array(sign * SHIFT * sizes * bare))
            threshold = 0.0
    try:
        # SuperLU calls BLAS on small dense blocks, on which more threads only wait.
        with one_blas_thread():
            found = sla.splu(
                matrix,
                permc_spec=ordering,
                diag_pivot_thresh=threshold,
                options={"SymmetricMode": along},
            )
    except RuntimeError:
        return None, shifted
    return found, shifted


def _row_sizes(matrix: Any) -> np.ndarray:
    found = np.zeros(matrix.shape[0])
    np.maximum.at(found, matrix.indices, np.abs(matrix.data))
    return found


def _signs(n: int) -> np.ndarray:
    """Return a fixed sequence of signs without regularity."""
    found: np.ndarray = np.random.default_rng(20).choice([-1.0, 1.0], n)
    return found


def _peak(vector: np.ndarray) -> float:
    return float(np.abs(vector).max(initial=0.0))
