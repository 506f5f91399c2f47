"""LU factors of small dense matrices, kept on one thread.

OpenBLAS wakes all its threads for matrices from about 100 × 100 on and lets them spin. With other
processes on both cores a complex factorisation of size 124 was measured to take 15 to 40 ms instead
of 0.3 ms; cut into pieces below the thresholds it took 3 to 10 ms. Beyond 300 that gain is gone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

PANEL = 32
PIECE = 1 << 16
"""Products of this many multiplications stay on one thread."""
LARGE = 300
"""From this size on threads are worth their cost."""


def factorise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return LU factors and pivots as ``scipy.linalg.lu_factor`` does; overwrites the matrix."""
    # scipy.linalg takes long to import and only stiff marching needs it.
    from scipy.linalg import get_lapack_funcs, lu_factor

    n = len(matrix)
    if n <= 2 * PANEL or n >= LARGE:
        whole: tuple[np.ndarray, np.ndarray] = lu_factor(
            matrix, overwrite_a=True, check_finite=False
        )
        return whole
    (getrf,) = get_lapack_funcs(("getrf",), (matrix,))
    pivots = np.arange(n)
    for k in range(0, n, PANEL):
        end = min(k + PANEL, n)
        panel, chosen, _ = getrf(matrix[k:, k:end])
        matrix[k:, k:end] = panel
        for i, j in enumerate(chosen):
            if i != j:
                for part in (slice(0, k), slice(end, n)):
                    matrix[[k + i, k + j], part] = matrix[[k + j, k + i], part]
            pivots[k + i] = k + j
        if end < n:
            _update(matrix, k, end)
    return matrix, pivots


def solve(factors: tuple[np.ndarray, np.ndarray], right: np.ndarray) -> np.ndarray:
    """Return the solution for one right-hand side."""
    from scipy.linalg import lu_solve  # see factorise

    found: np.ndarray = lu_solve(factors, right, check_finite=False)
    return found


def _update(matrix: Any, k: int, end: int) -> None:
    """Eliminate one panel from the columns to its right."""
    top = matrix[k:end, end:]
    # Row by row: BLAS would wake its threads for a triangular solve of any size.
    for i in range(1, end - k):
        top[i] -= (matrix[k + i, k : k + i, None] * top[:i]).sum(axis=0)
    step = max(1, PIECE // ((end - k) * (len(matrix) - end)))
    for i in range(end, len(matrix), step):
        matrix[i : i + step, end:] -= matrix[i : i + step, k:end] @ top
