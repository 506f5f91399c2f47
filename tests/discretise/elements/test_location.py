"""Finding the cell of a point, and where in the cell it is."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.elements import Space
from residuum.discretise.elements._location import (
    local_coordinates,
    locate,
    shape_functions,
    weights_at,
)
from residuum.geometry import Box, Difference, Disc, Rectangle, Shape
from residuum.geometry.mesh import mesh_of

SHAPES: dict[str, tuple[Shape, float]] = {
    "line": (Box(x=(-1, 3)), 0.3),
    "square": (Box(x=(0, 1), y=(0, 1)), 0.15),
    "flat box": (Box(x=(0, 1000), y=(0, 0.5)), 40.0),
    "cube": (Box(x=(0, 1), y=(0, 1), z=(0, 1)), 0.3),
    "disc": (Disc((0, 0), 1), 0.2),
    "plate with a hole": (Difference(Rectangle((0, 0), (2, 1)), Disc((0.5, 0.5), 0.2)), 0.2),
}


def geometry(name: str) -> tuple[np.ndarray, np.ndarray]:
    shape, size = SHAPES[name]
    return Space(mesh_of(shape, size), (2,), degree=4).geometry


@pytest.mark.parametrize("name", SHAPES)
def test_points_made_in_a_cell_are_found_in_it(name: str) -> None:
    nodes, cells = geometry(name)
    d = nodes.shape[1]
    random = np.random.default_rng(43)
    own = np.repeat(np.arange(len(cells)), 3)
    local = random.dirichlet(np.ones(d + 1), len(own))[:, :d] * 0.98 + 0.005
    order = 2 if cells.shape[1] > d + 1 else 1
    shares = shape_functions(local, d, order)
    points = np.einsum("na,nad->nd", shares, nodes[cells[own]])
    found = locate(nodes, cells, points)
    again = local_coordinates(nodes, cells, found, points)
    # Curved cells overlap their straight neighbours a little: the place must come out, and there
    # the same cell, or one whose polynomial is continued by a sagitta.
    back = np.einsum("na,nad->nd", shape_functions(again, d, order), nodes[cells[found]])
    assert np.abs(back - points).max() < 1e-12 * np.abs(nodes).max()
    inside = np.minimum(again.min(axis=1), 1 - again.sum(axis=1))
    assert inside.min() > (-1e-9 if order == 1 else -0.05)
    assert (found == own).mean() > 0.97


@pytest.mark.parametrize("name", SHAPES)
def test_corners_and_facets_belong_to_a_cell_that_holds_them(name: str) -> None:
    nodes, cells = geometry(name)
    d = nodes.shape[1]
    corners = nodes[np.unique(cells[:, : d + 1])]
    found = locate(nodes, cells, corners)
    local = local_coordinates(nodes, cells, found, corners)
    assert np.minimum(local.min(axis=1), 1 - local.sum(axis=1)).min() > -1e-9


def test_a_point_outside_gets_the_cell_it_is_least_outside_of() -> None:
    nodes, cells = geometry("square")
    found = locate(nodes, cells, np.array([[1.05, 0.5], [-0.01, -0.01]]))
    centres = nodes[cells[found]].mean(axis=1)
    assert centres[0][0] > 0.8 and np.abs(centres[1]).max() < 0.2


def test_functions_add_up_to_one_anywhere() -> None:
    for name in SHAPES:
        nodes, cells = geometry(name)
        low, high = nodes.min(axis=0), nodes.max(axis=0)
        points = np.random.default_rng(47).uniform(low, high, (50, nodes.shape[1]))
        found = locate(nodes, cells, points)
        weights = weights_at(nodes, cells, found, points, 2)
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-9)


def test_a_mesh_with_very_different_cells() -> None:
    # Nearest centroids mislead next to a large cell: the second, wider search has to find it.
    places = np.concatenate([np.linspace(0, 1e-3, 400), [1.0]])
    nodes, cells = places[:, None], np.stack([np.arange(400), np.arange(1, 401)], axis=1)
    points = np.array([[0.0015], [0.002], [0.3], [0.99]])
    assert (locate(nodes, cells, points) == 399).all()
