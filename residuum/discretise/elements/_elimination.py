"""Rates put in by hand: of two unknowns for every wave, one is left to solve for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
import scipy.sparse as sp

from residuum._core import one_blas_thread


def linked(matrix: Any, own: np.ndarray, rates: np.ndarray) -> bool:
    """Whether the rows ``own`` hold nothing but entries at ``own`` and at ``rates``."""
    rows = matrix[own]
    numbers = np.arange(len(own))
    first, second = (np.asarray(rows[numbers, columns]).ravel() for columns in (own, rates))
    whole = np.asarray(abs(rows).sum(axis=1)).ravel()
    return bool((first != 0).all() and np.allclose(whole, np.abs(first) + np.abs(second)))


@final
class Eliminated:
    """Solves a matrix with rows a·du + b·dv = r by putting du = (r - b·dv)/a into the others.

    Args:
        matrix: (n, n) CSR, of which ``linked`` is true.
        own: the rows, and the numbers of u.
        rates: the numbers of v, as many.
        solver: makes the solver of what is left, given its matrix and its numbers.
    """

    def __init__(
        self,
        matrix: Any,
        own: np.ndarray,
        rates: np.ndarray,
        *,
        solver: Callable[[Any, np.ndarray], Any],
    ) -> None:
        n, numbers = matrix.shape[0], np.arange(len(own))
        rest = np.ones(n, bool)
        rest[own] = False
        self._own, self._rates, self._rest = own, rates, np.flatnonzero(rest)
        rows, others = matrix[own], matrix[self._rest]
        self._first = np.asarray(rows[numbers, own]).ravel()
        self._second = np.asarray(rows[numbers, rates]).ravel()
        self._across = others[:, own].tocsr()
        place = np.cumsum(rest) - 1
        shape = (len(own), len(self._rest))
        put = sp.csr_array((self._second / self._first, (numbers, place[rates])), shape=shape)
        left = (others[:, self._rest] - self._across @ put).tocsr()
        self._solver = solver(left, self._rest)

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the solution, (n,)."""
        found = np.empty(len(right), right.dtype)
        given = right[self._own] / self._first
        found[self._rest] = self._solver.solve(right[self._rest] - self._across @ given)
        found[self._own] = given - self._second / self._first * found[self._rates]
        return found


@final
class ComplexFactors:
    """Sparse LU factors of a complex matrix with a symmetric pattern, by pivots near the diagonal.

    Args:
        matrix: (n, n), complex.

    Raises:
        RuntimeError: a pivot is exactly zero.
    """

    def __init__(self, matrix: Any) -> None:
        import scipy.sparse.linalg as sla

        self._matrix = matrix.tocsc()
        with one_blas_thread():
            self._factors = sla.splu(
                self._matrix,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=1e-3,
                options={"SymmetricMode": True},
            )

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the solution, (n,)."""
        found: np.ndarray = self._factors.solve(right)
        return found
