"""Slow vectors solved for exactly, the rest by another approximate inverse."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.linear._path import UnfitPath
from residuum.discretise.linear._structure import ApproximateInverse


@final
class Deflation:
    """Pᵀ M P + W E⁻¹ Wᵀ, P = 1 - A W E⁻¹ Wᵀ, E = Wᵀ A W: an ``ApproximateInverse``.

    The system is solved exactly on the span of W (slow vectors, such as Ritz vectors of the lowest
    values) and by M elsewhere. Conjugate gradients then see the spectrum without those values.
    (R. A. Nicolaides, SIAM J. Numer. Anal. 24, 1987; J. M. Tang et al., J. Sci. Comput. 39, 2009,
    for this symmetric form.)

    Args:
        matrix: (n, n) symmetric positive definite.
        vectors: (n, k), independent.
        inverse: M, symmetric positive definite.

    Raises:
        UnfitPath: the vectors are dependent or the matrix is not definite on them.
    """

    def __init__(self, matrix: Any, vectors: np.ndarray, inverse: ApproximateInverse) -> None:
        self.vectors, self.inverse = np.linalg.qr(vectors)[0], inverse
        self.images = matrix @ self.vectors
        try:
            factor = np.linalg.cholesky(self.vectors.T @ self.images)
        except np.linalg.LinAlgError as error:
            raise UnfitPath("deflation needs a definite matrix on its vectors") from error
        self.coarse = np.linalg.inv(factor.T) @ np.linalg.inv(factor)
        self.name = f"deflation ({vectors.shape[1]} vectors)"

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        slow = self.coarse @ (self.vectors.T @ residual)
        rest = self.inverse(residual - self.images @ slow)
        slow = slow - self.coarse @ (self.images.T @ rest)
        found: np.ndarray = rest + self.vectors @ slow
        return found
