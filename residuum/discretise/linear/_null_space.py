"""Systems that determine their solution up to known vectors."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum._core import OptionError


@final
class NullSpace:
    """The right and left null space of a square matrix, and unknowns that may be pinned.

    Args:
        matrix: (n, n) CSR.
        basis: (n, k) spanning the right null space.

    The left null space is the same for symmetric matrices and for enclosed flow. Where it is
    not, ``left`` is found by the direct path (see ``complete``).

    Raises:
        OptionError: the basis is rank deficient, or the matrix does not vanish on it.
    """

    def __init__(self, matrix: Any, basis: np.ndarray) -> None:
        self.right, upper = np.linalg.qr(np.asarray(basis, float))
        sizes = np.abs(np.diag(upper))
        if not len(sizes) or sizes.min() <= 1e-12 * sizes.max():
            raise OptionError("independent null vectors", "dependent ones", "Drop some columns.")
        scale = float(np.abs(matrix.data).max(initial=0.0))
        if np.abs(matrix @ self.right).max() > 1e-6 * scale:
            raise OptionError(
                "null vectors that the matrix takes to zero",
                f"an image of size {np.abs(matrix @ self.right).max():.1e}",
                "Leave `null` out, or restrict it to the free unknowns.",
            )
        same = np.abs(matrix.T @ self.right).max() <= 1e-6 * scale
        self.left: np.ndarray | None = self.right if same else None
        self.pins = _pins(self.right)

    def complete(self, left: np.ndarray) -> None:
        """Set the left null space from any basis (n, k) of it."""
        self.left = np.linalg.qr(left)[0]

    def compatible(self, right: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the right side without its part outside the range, and that part's share."""
        if self.left is None:
            return right, 0.0
        outside = self.left @ (self.left.T @ right)
        size = float(np.linalg.norm(right))
        return right - outside, float(np.linalg.norm(outside)) / size if size else 0.0

    def orthogonal(self, values: np.ndarray) -> np.ndarray:
        """Return the values without their part in the right null space."""
        found: np.ndarray = values - self.right @ (self.right.T @ values)
        return found

    def transposed(self) -> NullSpace:
        """Return the null space of the transposed matrix."""
        found = object.__new__(NullSpace)
        found.right = self.right if self.left is None else self.left
        found.left, found.pins = self.right, self.pins
        return found

    def pinned(self, matrix: Any) -> Any:
        """Return the matrix with the rows and columns of the pins replaced by the identity's."""
        import scipy.sparse as sp

        keep = np.ones(matrix.shape[0])
        keep[self.pins] = 0.0
        found = matrix.copy()
        found.data *= np.repeat(keep, np.diff(matrix.indptr)) * keep[matrix.indices]
        found.eliminate_zeros()
        return sp.csr_array(found + sp.diags_array(1.0 - keep, format="csr"))


def _pins(basis: np.ndarray) -> np.ndarray:
    """Return k rows on which the basis is well conditioned: pivots of a QR with column pivoting."""
    from scipy.linalg import qr

    _, pivots = qr(basis.T, mode="r", pivoting=True)
    found: np.ndarray = np.sort(pivots[: basis.shape[1]])
    return found
