"""Rows and columns of a sparse matrix brought to one size, so that units do not matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

BALANCED = 16.0
"""Rows and columns whose largest entries lie within this factor are left as they are."""
SWEEPS = 6


@final
@dataclass(frozen=True)
class Equilibration:
    """Factors of rows and columns, powers of two so that scaling rounds nothing.

    Args:
        rows: (n,) factors of the rows.
        columns: (n,) factors of the columns; equal to ``rows`` for a symmetric matrix.
        trivial: whether every factor is one.
    """

    rows: np.ndarray
    columns: np.ndarray
    trivial: bool

    def scaled(self, matrix: Any) -> Any:
        """Return ``diag(rows) @ matrix @ diag(columns)`` as a CSR array with the same pattern."""
        if self.trivial:
            return matrix
        found = matrix.copy()
        if _every(matrix):
            square = found.data.reshape(found.shape)
            square *= self.rows[:, None]
            square *= self.columns
            return found
        found.data *= np.repeat(self.rows, np.diff(matrix.indptr))
        found.data *= self.columns[matrix.indices]
        return found


def equilibration(matrix: Any, *, symmetric: bool) -> Equilibration:
    """Return factors after which the largest entry of every row and column is near one.

    The matrix is CSR and finite; empty rows and columns keep the factor one. A symmetric matrix
    stays so. (D. Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices,
    RAL-TR-2001-034.)
    """
    n = matrix.shape[0]
    sizes, starts = np.abs(matrix.data), matrix.indptr
    rows, columns = np.ones(n), np.ones(n)
    every = _every(matrix)
    if every:
        sizes = sizes.reshape(n, n)
    for sweep in range(SWEEPS):
        height = sizes.max(axis=1) if every else _row_maxima(sizes, starts)
        if symmetric:
            width = height
        else:
            width = sizes.max(axis=0) if every else _column_maxima(sizes, matrix.indices, n)
        spread = max(_spread(height), _spread(width))
        if spread <= (BALANCED if sweep == 0 else 2.5):
            break
        by_row, by_column = _roots(height), _roots(width)
        rows, columns = rows * by_row, columns * by_column
        if every:
            sizes *= by_row[:, None] * by_column
            continue
        sizes = sizes * np.repeat(by_row, np.diff(starts)) * by_column[matrix.indices]
    return Equilibration(rows, columns, bool((rows == 1).all() and (columns == 1).all()))


def _every(matrix: Any) -> bool:
    """Whether every entry is stored, in order: the data are then the matrix itself."""
    n = matrix.shape[0]
    return bool(n and matrix.nnz == n * n and matrix.has_canonical_format)


def _row_maxima(sizes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    filled = np.flatnonzero(np.diff(starts))
    found = np.zeros(len(starts) - 1)
    if len(filled):
        found[filled] = np.maximum.reduceat(sizes, starts[filled])
    return found


def _column_maxima(sizes: np.ndarray, indices: np.ndarray, n: int) -> np.ndarray:
    found = np.zeros(n)
    np.maximum.at(found, indices, sizes)
    return found


def _spread(maxima: np.ndarray) -> float:
    some = maxima[maxima > 0]
    return float(some.max() / some.min()) if len(some) else 1.0


def _roots(maxima: np.ndarray) -> np.ndarray:
    """Return powers of two near one over the square root; one for nothing."""
    _, exponents = np.frexp(np.where(maxima > 0, maxima, 0.5))
    found: np.ndarray = np.ldexp(1.0, -np.floor_divide(exponents, 2))
    return found
