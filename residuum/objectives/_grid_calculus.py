"""Derivatives and dual norms of values on a grid, one small matrix per axis."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks import Edge

ACCURACY = 4
"""Order of the differences along axes that are not periodic."""


def along(matrix: Array | np.ndarray, values: Array, axis: int) -> Array:
    """Apply a matrix (m, n) along an axis of n values."""
    return jnp.moveaxis(jnp.tensordot(matrix, values, axes=(1, axis)), 0, axis)


def derivative_matrix(nodes: np.ndarray, edge: Edge, order: int, length: float) -> np.ndarray:
    """Return the matrix (n, n) that differentiates values at the nodes of an axis.

    Periodic axes: exact for every wave the grid holds; the nodes are evenly spaced. Others:
    differences of order four at nodes of any spacing, one-sided at the ends.
    """
    if edge == "wrap":
        return _periodic(len(nodes), order, length)
    return difference_matrix(nodes, order)


def _periodic(count: int, order: int, length: float) -> np.ndarray:
    waves = 2j * np.pi * np.fft.fftfreq(count, length / count)
    factors = waves**order
    if order % 2 and count % 2 == 0:
        factors[count // 2] = 0.0
    columns = np.fft.ifft(factors[:, None] * np.fft.fft(np.eye(count), axis=0), axis=0)
    return np.ascontiguousarray(columns.real)


def difference_matrix(nodes: np.ndarray, order: int, accuracy: int = ACCURACY) -> np.ndarray:
    """Return differences at nodes of any spacing, as exact for polynomials as the width allows."""
    count = len(nodes)
    if order == 0:
        return np.eye(count)
    if count <= order:
        raise OptionError(f"more than {order} nodes", str(count), "Take a finer grid.")
    width = min(count, order + accuracy + (order + accuracy + 1) % 2)
    found = np.zeros((count, count))
    for i in range(count):
        low = min(max(i - width // 2, 0), count - width)
        local = nodes[low : low + width] - nodes[i]
        size = float(np.abs(local).max())
        # Moments up to the width: a small Vandermonde system in scaled places.
        powers = np.vander(local / size, width, increasing=True).T
        right = np.zeros(width)
        right[order] = math.factorial(order) / size**order
        found[i, low : low + width] = np.linalg.solve(powers, right)
    return found


def modes(count: int, edge: Edge, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Return an orthonormal basis (modes, n) of an axis and the eigenvalues of -d²/dx² on it.

    Waves along a periodic axis, sines that vanish at both ends (which have no weight) along a held
    one, cosines along an insulated one.
    """
    k, places = np.arange(count), np.arange(count)
    if edge == "wrap":
        angle = 2 * np.pi * np.outer((k + 1) // 2, places) / count
        # The highest wave of an even count has no sine at the nodes.
        sine = (k % 2 == 1) & (2 * ((k + 1) // 2) < count)
        basis = np.where(sine[:, None], np.sin(angle), np.cos(angle))
        values = (2 * np.pi * ((k + 1) // 2) / length) ** 2
    elif edge == "zero":
        basis = np.sin(np.pi * np.outer(k[1:-1], places) / (count - 1))
        values = (np.pi * k[1:-1] / length) ** 2
    else:
        # Half the weight at both ends makes cosines orthogonal.
        half = np.where((places == 0) | (places == count - 1), math.sqrt(0.5), 1.0)
        basis = np.cos(np.pi * np.outer(k, places) / (count - 1)) * half
        values = (np.pi * k / length) ** 2
    return basis / np.linalg.norm(basis, axis=1, keepdims=True), values
