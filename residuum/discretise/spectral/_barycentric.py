"""Polynomials by their values at nodes: interpolation and differentiation matrices.

J.-P. Berrut, L. N. Trefethen, Barycentric Lagrange interpolation, SIAM Review 46 (2004); B. D.
Welfert's recurrence for higher derivatives, SIAM J. Numer. Anal. 34 (1997).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np


def weights(nodes: np.ndarray) -> np.ndarray:
    """Return barycentric weights of a few arbitrary nodes; beyond about 50 they lose accuracy."""
    gaps = nodes[:, None] - nodes[None, :]
    np.fill_diagonal(gaps, 1.0)
    found = 1.0 / gaps.prod(axis=1)
    result: np.ndarray = found / np.abs(found).max()
    return result


def chebyshev_nodes(count: int) -> np.ndarray:
    """Return the Chebyshev–Lobatto nodes on [-1, 1], increasing, exactly symmetric."""
    k = np.arange(count)
    result: np.ndarray = np.sin(np.pi * (2 * k - (count - 1)) / (2 * (count - 1)))
    return result


def chebyshev_weights(count: int) -> np.ndarray:
    """Return the barycentric weights of the Chebyshev–Lobatto nodes."""
    found = (-1.0) ** np.arange(count)
    found[[0, -1]] *= 0.5
    return found


def chebyshev_gaps(count: int) -> np.ndarray:
    """Return the differences s_i - s_j of Chebyshev–Lobatto nodes, free of cancellation."""
    angle = np.pi * np.arange(count) / (2 * (count - 1))
    result: np.ndarray = (
        2 * np.sin(angle[:, None] + angle[None, :]) * np.sin(angle[:, None] - angle[None, :])
    )
    return result


def derivative_matrices(gaps: np.ndarray, weight: np.ndarray, order: int) -> list[np.ndarray]:
    """Return the matrices of derivatives 0 … order of the interpolating polynomial.

    Args:
        gaps: differences of nodes x_i - x_j, shape (n, n).
        weight: barycentric weights, shape (n,).
        order: highest derivative.
    """
    n = len(weight)
    safe = gaps + np.eye(n)
    ratio = weight[None, :] / weight[:, None]
    found = [np.eye(n)]
    for k in range(1, order + 1):
        last = found[-1]
        new = k / safe * (ratio * np.diag(last)[:, None] - last)
        np.fill_diagonal(new, 0.0)
        # The negative sum makes constants differentiate to zero exactly: far less rounding.
        np.fill_diagonal(new, -new.sum(axis=1))
        found.append(new)
    return found


def basis(points: Any, nodes: np.ndarray, weight: np.ndarray) -> Any:
    """Return the Lagrange basis at points, NumPy or JAX: shape (n,) to (n, nodes)."""
    xp: Any = np if isinstance(points, np.ndarray) else jnp
    gaps = points[:, None] - xp.asarray(nodes)
    hit = gaps == 0
    terms = xp.asarray(weight) / xp.where(hit, 1.0, gaps)
    smooth = terms / terms.sum(axis=1, keepdims=True)
    exact = hit.astype(points.dtype)
    return xp.where(hit.any(axis=1, keepdims=True), exact, smooth)
