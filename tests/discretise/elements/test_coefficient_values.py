"""Coefficient functions as arrays of numbers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.elements import Space
from residuum.discretise.elements._coefficient_values import (
    CellValues,
    GridValues,
    NodeValues,
    Remembered,
    Tabled,
)
from residuum.geometry import Box, Disc
from residuum.geometry.mesh import mesh_of
from residuum.problem import GridFunction
from tests.discretise.elements._posed import CUBE, LINE, SQUARE

POINTS = np.random.default_rng(97).uniform(-0.1, 1.1, (60, 2))
AXES = (np.array([0.0, 0.2, 1.0]), np.array([0.0, 0.5, 0.6, 1.0]))


@pytest.mark.parametrize("box", [LINE, SQUARE, CUBE], ids=["line", "square", "cube"])
def test_values_on_nodes_are_linear(box: Box) -> None:
    space = Space(mesh_of(box, 0.4), (2,), degree=4)
    points = np.random.default_rng(101).uniform(0, 1, (40, box.dimension))
    factors = np.arange(1, box.dimension + 1)
    found = NodeValues().weights(space, points) @ (1 + space.mesh.points @ factors)
    np.testing.assert_allclose(found, 1 + points @ factors, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_values_on_cells_and_nodes_of_a_curved_mesh_belong_to_it(order: int) -> None:
    space = Space(mesh_of(Disc((0, 0), 1), 0.5), (order,), degree=4)
    where = space.volume
    points = where.points.reshape(2, -1).T
    numbers = np.arange(float(len(space.mesh.cells)))
    found = (CellValues().weights(space, points) @ numbers).reshape(where.weights.shape)
    np.testing.assert_array_equal(found, np.broadcast_to(numbers[:, None], found.shape))
    weights = NodeValues().weights(space, space.mesh.points)
    # A corner may be read from any cell that has it: rounding differs.
    assert abs(weights - np.eye(len(space.mesh.points))).max() < 1e-9


@pytest.mark.parametrize("stepped", [False, True])
def test_a_grid_is_read_as_grid_functions_are(stepped: bool) -> None:
    values = GridValues(AXES, stepped=stepped)
    space = Space(mesh_of(SQUARE, 0.5), (1,), degree=2)
    shape = values.shape(space)
    assert shape == ((2, 3) if stepped else (3, 4))
    numbers = np.random.default_rng(103).normal(size=shape)
    points = np.concatenate([POINTS, [[0.2, 0.5], [1.0, 1.0], [0.0, 0.6]]])
    found = values.weights(space, points) @ numbers.ravel()
    wanted = GridFunction(AXES, numbers)(*jnp.asarray(points.T))
    # JAX works in single precision here.
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_grid_needs_increasing_axes() -> None:
    for axis in ([1.0, 0.0], [0.0], [[0.0, 1.0]]):
        with pytest.raises(OptionError, match="increasing axes"):
            GridValues((np.array(axis),))


def test_arguments_in_another_order_than_the_mesh() -> None:
    space = Space(mesh_of(SQUARE, 0.5), (1,), degree=2)
    table = Tabled(NodeValues(), space, (1, 0))
    table.numbers = space.mesh.points @ np.array([1.0, 10.0])
    x, y = np.random.default_rng(107).uniform(0, 1, (2, 9))
    np.testing.assert_allclose(table(y, x), x + 10 * y, rtol=1e-12)


def test_the_same_points_are_asked_once() -> None:
    asked = []

    def rule(x: np.ndarray) -> np.ndarray:
        asked.append(len(x))
        return x**2

    kept = Remembered(rule)
    points = np.linspace(0, 1, 7)
    for _ in range(3):
        np.testing.assert_array_equal(kept(points), points**2)
    assert asked == [7]
    kept(points[:3])
    assert asked == [7, 3]
    assert float(jax.grad(lambda s: kept(s).sum())(jnp.array([3.0]))[0]) == 6.0
