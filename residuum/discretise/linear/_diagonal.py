"""The simplest approximate inverses: none, and the diagonal."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.linear._path import UnfitPath


@final
class Identity:
    """The residual itself as correction: an ``ApproximateInverse``."""

    name = "no preconditioner"

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the residual (n,)."""
        return residual.copy()


@final
class Jacobi:
    """The residual over the diagonal: an ``ApproximateInverse``.

    Args:
        matrix: (n, n) sparse.

    Raises:
        UnfitPath: a diagonal entry is zero or not finite.
    """

    name = "Jacobi"

    def __init__(self, matrix: Any) -> None:
        self.diagonal = np.asarray(matrix.diagonal(), float)
        if not (np.isfinite(self.diagonal).all() and self.diagonal.all()):
            raise UnfitPath("Jacobi needs a diagonal without zeros")

    def __call__(self, residual: np.ndarray) -> np.ndarray:
        """Return the correction (n,) for a residual (n,)."""
        found: np.ndarray = residual / self.diagonal
        return found
