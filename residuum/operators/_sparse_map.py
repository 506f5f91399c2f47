"""Sparse matrices on nodes-first arrays, as gathers and sums over segments."""

from __future__ import annotations

from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jax import Array


@final
class SparseMap(eqx.Module):
    """y = A x for x of shape (columns, ...), nodes first: a row of A adds whole rows of x.

    Nodes stand first because a gather or a sum then moves one contiguous row per entry.

    Args:
        rows, columns: places of the entries, sorted by row.
        entries: their values; constants.
        count: number of rows.
    """

    rows: np.ndarray
    columns: np.ndarray
    entries: np.ndarray
    count: int = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        """Map (columns, ...) to (rows, ...)."""
        shape = (-1,) + (1,) * (x.ndim - 1)
        parts = x[self.columns] * self.entries.astype(x.dtype).reshape(shape)
        return segment_sum(parts, self.rows, self.count)


def sparse_map(matrix: Any) -> SparseMap:
    """Return the map of a SciPy matrix."""
    found = matrix.tocsr().tocoo()
    rows, columns = found.row.astype(np.int32), found.col.astype(np.int32)
    return SparseMap(rows, columns, np.asarray(found.data, float), int(found.shape[0]))


def segment_sum(parts: Array, rows: np.ndarray, count: int) -> Array:
    """Return the sums (count, ...) of the parts of every row, rows sorted."""
    return jax.ops.segment_sum(parts, rows, count, indices_are_sorted=True)
