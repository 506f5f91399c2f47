"""Linear least squares for the last layer: one rank-revealing solve in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import LinearField, OptionError, one_blas_thread
from residuum.objectives import Rows

CHUNK = 2048


@eqx.filter_jit
def _linearised(
    rows: Rows, field: LinearField, parameters: dict[str, Array]
) -> tuple[Array, Array]:
    return rows.linearised(field, parameters)


@eqx.filter_jit
def _residual(rows: Rows, field: LinearField, parameters: dict[str, Array]) -> Array:
    return rows.residual(field, parameters)


def misfit(
    field: LinearField, rows: Sequence[Rows], parameters: dict[str, Array] | None = None
) -> float:
    """Return the root of the sum of squares of all rows; infinite if it is not finite."""
    total = sum(float(jnp.sum(_residual(item, field, parameters or {}) ** 2)) for item in rows)
    return float(np.sqrt(total)) if np.isfinite(total) else float("inf")


@dataclass(frozen=True)
class LinearFit:
    """Outcome of a least-squares solve.

    Args:
        field: the field with its solved head.
        rank: numerical rank found.
        residual: root of the sum of squares that remains.
    """

    field: LinearField
    rank: int
    residual: float


def system(
    field: LinearField, rows: Sequence[Rows], parameters: dict[str, Array] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return residual r and Jacobian A with respect to the head, for all rows, as NumPy arrays."""
    parts = [_linearised(item, field, parameters or {}) for item in rows]
    residual = np.concatenate([np.asarray(r) for r, _ in parts])
    matrix = np.concatenate([np.asarray(a) for _, a in parts])
    return residual, matrix


def solve_dense(
    matrix: np.ndarray, right: np.ndarray, rcond: float = 1e-13
) -> tuple[np.ndarray, int]:
    """Return the least-squares solution by column-pivoted QR of the column-scaled matrix, and rank.

    Source: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th ed., section 5.4.
    """
    import scipy.linalg  # SciPy's linear algebra takes a while to import

    n = matrix.shape[1]
    size = np.linalg.norm(matrix, axis=0)
    if not size.all():
        # A column of zeros is a number that no row asks for: it gets zero, and costs nothing.
        found, rank, used = np.zeros(n), 0, np.flatnonzero(size)
        if used.size:
            found[used], rank = solve_dense(matrix[:, used], right, rcond)
        return found, rank
    if len(matrix) > n + 1:
        # A plain QR first: the pivoted one, slow because it works column by column, is then square.
        (triangle,) = scipy.linalg.qr(np.column_stack([matrix / size, right]), mode="r")
        matrix, right = triangle[:n, :n], triangle[:n, n]
    else:
        matrix = matrix / size
    found, _, rank, _ = scipy.linalg.lstsq(matrix, right, cond=rcond, lapack_driver="gelsy")
    return found / size, int(rank)


def least_squares(
    field: LinearField,
    rows: Sequence[Rows],
    parameters: dict[str, Array] | None = None,
    *,
    memory_mb: float = 8000.0,
) -> LinearFit:
    """Solve for the last layer of a field; exact for a linear problem, one step otherwise.

    Raises:
        MemoryError: the matrix would not fit into ``memory_mb``.
        OptionError: fewer rows than unknowns.
    """
    unknowns = field.head.size
    count = sum(item.count for item in rows)
    if count * unknowns * 8e-6 * 3 > memory_mb:
        raise MemoryError(
            f"{count} rows and {unknowns} unknowns need {count * unknowns * 24e-6:.0f} MB"
        )
    if count < unknowns:
        raise OptionError(f"at least {unknowns} rows", str(count), "Give more collocation points.")
    with one_blas_thread():
        return _solved(field, *system(field, rows, parameters))


def _solved(field: LinearField, residual: np.ndarray, matrix: np.ndarray) -> LinearFit:
    if not (np.isfinite(matrix).all() and np.isfinite(residual).all()):
        raise FloatingPointError("the least-squares system is not finite")
    step, rank = solve_dense(matrix, -residual)
    left = float(np.linalg.norm(matrix @ step + residual))
    head = field.head + jnp.asarray(step.reshape(field.head.shape))
    return LinearFit(field.with_head(head), rank, left)
