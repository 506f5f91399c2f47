"""Tensor grids: order of the nodes, ends, mixed derivatives."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, FourierAxis, Grid
from residuum.discretise.spectral._grid import derivative

GRID = Grid((FourierAxis(0.0, 2 * np.pi, 12), ChebyshevAxis(-1.0, 1.0, 10)))


def test_nodes_and_ends() -> None:
    assert GRID.size == 120
    assert GRID.points.shape == (120, 2)
    assert (GRID.points[GRID.end(1, True), 1] == 1.0).all()
    assert (GRID.points[GRID.end(0, False), 0] == 0.0).all()
    assert Grid(()).size == 1
    assert Grid(()).points.shape == (1, 0)


def test_mixed_derivative() -> None:
    x, y = GRID.points.T
    with double_precision():
        nodes = GRID.nodes([(1, 2)])
        values = jnp.asarray(np.sin(2 * x) * y**4)
        found = np.asarray(derivative(values, (1, 2), GRID.shape, nodes))
    assert set(nodes.matrices) == {(0, 1), (1, 2)}
    assert np.abs(found - 24 * np.cos(2 * x) * y**2).max() < 1e-11
