"""The equations of elements, projected on a few functions."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, final

import numpy as np
import scipy.sparse as sp

from residuum.discretise.elements._evolving import Moving


@final
class Projection:
    """Functions given by their values at the free numbers of a system.

    Args:
        bases: for each unknown (rates included) the functions at its free numbers, (numbers, r).
            Unknowns that share an array are read and tested in one pass over it.
        beyond: free numbers after those of the unknowns, of no use here: multipliers of
            constraints that the functions meet.
    """

    def __init__(self, bases: Sequence[np.ndarray], beyond: int = 0) -> None:
        self.bases, self.beyond = tuple(bases), beyond
        self.rows = np.cumsum([0, *(len(b) for b in bases)])
        self.columns = np.cumsum([0, *(b.shape[1] for b in bases)])
        self.size = int(self.columns[-1])
        self._shared = [
            (basis, [j for j, other in enumerate(bases) if other is basis])
            for i, basis in enumerate(bases)
            if not any(other is basis for other in bases[:i])
        ]
        self._single: dict[int, np.ndarray] = {}

    @property
    def groups(self) -> np.ndarray:
        """The unknown of each coefficient, (size,)."""
        return np.repeat(np.arange(len(self.bases)), np.diff(self.columns))

    def expand(self, *coefficients: np.ndarray) -> list[np.ndarray]:
        """Return the free numbers of each vector of coefficients (size,)."""
        found = [np.zeros(self.rows[-1] + self.beyond) for _ in coefficients]
        for basis, members in self._shared:
            columns = [part[self._own(j)] for part in coefficients for j in members]
            values = basis @ np.stack(columns, axis=1)
            places = [(part, j) for part in found for j in members]
            for k, (part, j) in enumerate(places):
                part[self._rows(j)] = values[:, k]
        return found

    def tested(self, rows: np.ndarray) -> np.ndarray:
        """Return the free rows tested with the functions, (size,)."""
        found = np.empty(self.size)
        for basis, members in self._shared:
            values = basis.T @ np.stack([rows[self._rows(j)] for j in members], axis=1)
            for k, j in enumerate(members):
                found[self._own(j)] = values[:, k]
        return found

    def matrix(self, matrix: Any, *, single: bool = False) -> np.ndarray:
        """Return a sparse matrix of the free numbers, projected: (size, size).

        Args:
            matrix: on the free numbers.
            single: whether to work in float32.
        """
        matrix = sp.csr_matrix(matrix)
        found = np.zeros((self.size, self.size), np.float32 if single else matrix.dtype)
        bases = [self._in_single(b) for b in self.bases] if single else self.bases
        made: list[tuple[int, int, Any]] = []
        again: list[tuple[int, int, tuple[int, int, int]]] = []
        for i in range(len(bases)):
            band = matrix[self._rows(i)]
            for j in range(len(bases)):
                block = band[:, self._rows(j)]
                if not block.nnz:
                    continue
                known = self._again(block, i, j, made)
                if known is None:
                    made.append((i, j, block))
                else:
                    again.append((i, j, known))

        def fill(entry: tuple[int, int, Any]) -> None:
            i, j, block = entry
            factor = block.astype(np.float32) if single else block
            found[self._own(i), self._own(j)] = bases[i].T @ (factor @ bases[j])

        # A block on each core: products of matrices let go of the interpreter.
        with ThreadPoolExecutor() as pool:
            list(pool.map(fill, made))
        for i, j, (a, b, sign) in again:
            found[self._own(i), self._own(j)] = sign * found[self._own(a), self._own(b)]
        return found

    def _again(self, block: Any, i: int, j: int, done: list[Any]) -> tuple[int, int, int] | None:
        """Return a block projected before that is the same, or the same with the other sign.

        What one equation loses in a reaction another wins: half of the work.
        """
        for a, b, other in done:
            alike = self.bases[a] is self.bases[i] and self.bases[b] is self.bases[j]
            if not alike or not np.array_equal(other.indices, block.indices):
                continue
            if np.array_equal(other.indptr, block.indptr):
                for sign in (1, -1):
                    if np.array_equal(other.data, sign * block.data):
                        return a, b, sign
        return None

    def _in_single(self, basis: np.ndarray) -> np.ndarray:
        if id(basis) not in self._single:
            self._single[id(basis)] = basis.astype(np.float32)
        return self._single[id(basis)]

    def _own(self, j: int) -> slice:
        return slice(self.columns[j], self.columns[j + 1])

    def _rows(self, j: int) -> slice:
        return slice(self.rows[j], self.rows[j + 1])


@final
class Projected:
    """An evolving system of elements whose free numbers are combinations of a few functions.

    It is a ``Semidiscrete`` for ``residuum.discretise.time.evolve``. What is not linear in Newton's
    matrices is projected in float32: it only has to point the way.

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
        system, free = moving.system, moving.system.free
        with_rates = np.unique(moving.groups[moving.differential])
        self.differential = np.isin(self.groups, with_rates)
        self._stiff = projection.matrix(system.stiffness[free][:, free])
        self._mass = projection.matrix(system.mass[free][:, free])
        self._rest: tuple[float, np.ndarray, np.ndarray, np.ndarray] | None = None

    def residual(self, t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """Return the equations tested with the functions."""
        if self.linear:
            push = self.projection.tested(self.moving.push(t))
            found: np.ndarray = self._stiff @ u + self._mass @ rate + push
            return found
        state, moving = self.projection.expand(u, rate)
        return self.projection.tested(self.moving.residual(t, state, moving))

    def jacobian(self, t: float, u: np.ndarray, rate: np.ndarray, shift: Any) -> Any:
        """Return ∂F/∂u + shift ∂F/∂rate: full, in the form of a sparse matrix where linear."""
        found = self._stiff + shift * self._mass
        if self.linear:
            return sp.csr_matrix(found)
        return _Full(found + self._nonlinear(t, u, rate, shift))

    def _nonlinear(self, t: float, u: np.ndarray, rate: np.ndarray, shift: float) -> np.ndarray:
        """Return what is not constant in the matrix, kept for the next shift at the same place."""
        last = self._rest
        if last is not None and last[0] == t and last[1] is u and last[2] is rate:
            return last[3]
        state, moving = self.projection.expand(u, rate)
        found = self.projection.matrix(self.moving.nonlinear(t, state, moving, shift), single=True)
        if not self.moving.rated:
            self._rest = (t, u, rate, found)
        return found

    def solver(self, matrix: Any) -> Any:
        """Return the factors of a full matrix."""
        return _Factors(matrix.data if isinstance(matrix, _Full) else matrix.toarray())


@final
class _Full:
    """A full matrix where a sparse one is looked for: to make one takes as long as a product.

    Args:
        data: (n, n).
    """

    def __init__(self, data: np.ndarray) -> None:
        self.data = data

    def __abs__(self) -> np.ndarray:
        return np.abs(self.data)

    def tocsr(self) -> sp.csr_matrix:
        """Return it as a sparse matrix."""
        return sp.csr_matrix(self.data)


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
