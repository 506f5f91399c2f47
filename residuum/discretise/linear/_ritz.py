"""Ritz pairs of a symmetric matrix by the Lanczos process."""

from __future__ import annotations

from typing import Any

import numpy as np

from residuum._core import Key, OptionError, generator, one_blas_thread

LEAST = 1e-8
"""Ritz values below this share of the largest are rounding and are dropped."""


def ritz_pairs(matrix: Any, count: int, key: Key) -> tuple[np.ndarray, np.ndarray]:
    """Return Ritz values (m,), smallest first, and orthonormal Ritz vectors (n, m), m ≤ count.

    The process starts from the image of a random vector and is orthogonalised twice against all
    vectors so far. It ends early where the space is exhausted. (C. Lanczos, J. Res. Nat. Bur.
    Standards 45, 1950; B. N. Parlett, The Symmetric Eigenvalue Problem, SIAM 1998, chapter 13.)

    Args:
        matrix: (n, n), symmetric; anything with ``@``.
        count: steps of the process; memory is n · count.
        key: of the random vector.

    Raises:
        OptionError: the count is not between 1 and n.
    """
    n = matrix.shape[0]
    if not 1 <= count <= n:
        raise OptionError(f"1 to {n} Ritz vectors", str(count), "Ask for fewer.")
    vector = matrix @ generator(key).standard_normal(n)
    basis = np.empty((count, n))
    main, side = np.zeros(count), np.zeros(count)
    size = float(np.linalg.norm(vector))
    scale, done = 0.0, 0
    with one_blas_thread():
        while done < count and size > 1e-12 * scale:
            basis[done] = vector / size
            vector = matrix @ basis[done]
            main[done] = float(basis[done] @ vector)
            done += 1
            for _ in range(2):
                vector -= basis[:done].T @ (basis[:done] @ vector)
            size = float(np.linalg.norm(vector))
            side[done - 1] = size
            scale = max(scale, size, abs(main[done - 1]))
    from scipy.linalg import eigh_tridiagonal

    values, turns = eigh_tridiagonal(main[:done], side[: done - 1])
    keep = values > LEAST * np.abs(values).max(initial=0.0)
    return values[keep], basis[:done].T @ turns[:, keep]
