"""The equations of elements, projected on a few functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import scipy.sparse as sp

from residuum.discretise.elements._evolving import Moving


@final
class Projection:
    """Functions given by their values at the free numbers of a system.

    Args:
        bases: for each unknown (rates included) the functions at its free numbers, (numbers, r).
    """

    def __init__(self, bases: Sequence[np.ndarray]) -> None:
        self.bases = tuple(bases)
        self.rows = np.cumsum([0, *(len(b) for b in bases)])
        self.columns = np.cumsum([0, *(b.shape[1] for b in bases)])
        self.size = int(self.columns[-1])

    @property
    def groups(self) -> np.ndarray:
        """The unknown of each coefficient, (size,)."""
        return np.repeat(np.arange(len(self.bases)), np.diff(self.columns))

    def expand(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the free numbers of coefficients (size,)."""
        parts = [b @ coefficients[self._own(j)] for j, b in enumerate(self.bases)]
        return np.concatenate(parts)

    def tested(self, rows: np.ndarray) -> np.ndarray:
        """Return the free rows tested with the functions, (size,)."""
        parts = [b.T @ rows[self.rows[j] : self.rows[j + 1]] for j, b in enumerate(self.bases)]
        return np.concatenate(parts)

    def matrix(self, matrix: Any) -> np.ndarray:
        """Return a sparse matrix of the free numbers, projected: (size, size)."""
        matrix = sp.csr_matrix(matrix)
        found = np.zeros((self.size, self.size), matrix.dtype)
        for i, left in enumerate(self.bases):
            band = matrix[self.rows[i] : self.rows[i + 1]]
            for j, right in enumerate(self.bases):
                block = band[:, self.rows[j] : self.rows[j + 1]]
                if block.nnz:
                    found[self._own(i), self._own(j)] = left.T @ (block @ right)
        return found

    def _own(self, j: int) -> slice:
        return slice(self.columns[j], self.columns[j + 1])


@final
class Projected:
    """An evolving system of elements whose free numbers are combinations of a few functions.

    It is a ``Semidiscrete`` for ``residuum.discretise.time.evolve``.

    Args:
        moving: the system on its free numbers.
        projection: the functions.
        weights: size of each coefficient, (projection.size,).
    """

    def __init__(self, moving: Moving, projection: Projection, weights: np.ndarray) -> None:
        self.moving, self.projection = moving, projection
        self.size, self.groups, self.weights = projection.size, projection.groups, weights
        self.linear = moving.linear
        self.autonomous_jacobian = moving.autonomous_jacobian
        self.differential = np.ones(self.size, bool)
        if self.linear:
            system, free = moving.system, moving.system.free
            self._stiff = projection.matrix(system.stiffness[free][:, free])
            self._mass = projection.matrix(system.mass[free][:, free])

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Return the equations tested with the functions."""
        if self.linear:
            push = self.projection.tested(self.moving.push(t))
            found: np.ndarray = self._stiff @ u + self._mass @ rate + push
            return found
        full = self.projection.expand
        return self.projection.tested(self.moving.residual(t, full(u), full(rate)))

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: Any) -> Any:
        """Return ∂F/∂u + shift ∂F/∂rate: full, in the form of a sparse matrix."""
        if self.linear:
            return sp.csr_matrix(self._stiff + shift * self._mass)
        full = self.projection.expand
        matrix = self.moving.jacobian(t, full(u), full(rate), shift)
        return sp.csr_matrix(self.projection.matrix(matrix))

    def solver(self, matrix: Any) -> Any:
        """Return the factors of a full matrix."""
        return _Factors(matrix.toarray())


@final
class _Factors:
    """Triangular factors of a full matrix."""

    def __init__(self, matrix: np.ndarray) -> None:
        import scipy.linalg  # SciPy's linear algebra takes a while to import

        self._solve = scipy.linalg.lu_solve
        self._factors = scipy.linalg.lu_factor(matrix)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the inverse applied to a vector (n,)."""
        found: np.ndarray = self._solve(self._factors, right)
        return found
