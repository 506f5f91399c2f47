"""Distances to facets, and sides."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.geometry import Box, Interval, Shape
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._boundary import Boundary, hanging
from tests.geometry._cases import COMB, ELL, STAR, around

CUBE = Box(x=(0, 1), y=(0, 1), z=(0, 1))


@pytest.mark.parametrize("shape", [STAR, ELL, COMB, CUBE, Interval(-1, 2)])
def test_signed_distance_is_that_of_the_shape(shape: Shape) -> None:
    mesh = mesh_of(shape, 0.3)
    boundary = Boundary(mesh.points, mesh.cells, mesh.boundary())
    points = around(shape, 3000, 17)
    assert boundary.signed(points) == pytest.approx(shape.signed_distance(points), abs=1e-12)


def test_nearest_gives_place_and_weights() -> None:
    mesh = mesh_of(CUBE, 0.5)
    boundary = Boundary(mesh.points, mesh.cells, mesh.boundary())
    points = around(CUBE, 500, 23)
    distance, facet, weights = boundary.nearest(points)
    place = np.einsum("nk,nkd->nd", weights, mesh.points[mesh.boundary()[facet]])
    assert np.linalg.norm(points - place, axis=1) == pytest.approx(distance, abs=1e-12)
    assert weights.min() >= 0 and weights.sum(axis=1) == pytest.approx(1, rel=1e-12)


def test_normals_point_outward_and_are_mean_at_corners() -> None:
    mesh = mesh_of(CUBE, 0.5)
    boundary = Boundary(mesh.points, mesh.cells, mesh.boundary())
    middle = mesh.points[mesh.boundary()].mean(axis=1)
    assert boundary.normals == pytest.approx(-CUBE.inward_normal(middle), abs=1e-12)
    _, facet, weights = boundary.nearest(np.array([(1.0, 1.0, 1.0), (1.0, 1.0, 0.4)]))
    at = boundary.directions(facet, weights)
    assert at[0] == pytest.approx(np.full(3, 3**-0.5), abs=1e-12)
    assert at[1] == pytest.approx([2**-0.5, 2**-0.5, 0], abs=1e-12)


def test_hanging_vertices_are_found() -> None:
    points = np.array([(0, 0), (2, 0), (2, 2), (0, 2), (2, 1), (4, 0), (4, 2)], dtype=np.float64)
    facets = np.array([(1, 2), (1, 4), (2, 4), (0, 1)])
    assert hanging(points, facets).tolist() == [4]
    assert hanging(points, facets[1:]).tolist() == []
