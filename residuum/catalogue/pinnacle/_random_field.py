"""Seeded random fields by the recipe that the benchmark publishes for its coefficients."""

from __future__ import annotations

import numpy as np

Grid = tuple[tuple[np.ndarray, ...], np.ndarray]
"""Axes and values, as ``given`` takes them."""


def gaussian_field(size: int, decay: float, *, key: int) -> np.ndarray:
    """Return a Gaussian field (size, size) of mean zero and deviation one.

    White noise is weighted in Fourier space by |k|^(-decay/2), its mean left out; the field is
    periodic across the grid.
    """
    random = np.random.default_rng(key)
    noise = random.standard_normal((size, size)) + 1j * random.standard_normal((size, size))
    k = np.fft.fftfreq(size) * size
    square = k[:, None] ** 2 + k[None, :] ** 2
    square[0, 0] = np.inf
    field = np.fft.ifft2(noise * square ** (-decay / 4)).real
    normal: np.ndarray = (field - field.mean()) / field.std()
    return normal


def nearest(values: np.ndarray, low: float, high: float) -> Grid:
    """Return a step function worth, everywhere, what the nearest node of a square grid has.

    Args:
        values: at the nodes, (n, n), the first and last on the ends.
        low: lower end of both axes.
        high: upper end of both axes.
    """
    nodes = np.linspace(low, high, len(values))
    edges = np.concatenate([[low], (nodes[1:] + nodes[:-1]) / 2, [high]])
    return (edges, edges), values


def linear(values: np.ndarray, low: float, high: float) -> Grid:
    """Return the interpolation, linear in each coordinate, of values (n, n) at nodes."""
    nodes = np.linspace(low, high, len(values))
    return (nodes, nodes), values
