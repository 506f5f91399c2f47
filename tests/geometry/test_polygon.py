"""Polygons: edges in the order given, whichever way round."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Polygon

from ._cases import COMB, ELL, STAR, evaluate


@pytest.mark.parametrize("shape", [ELL, COMB, STAR])
def test_orientation_does_not_matter(shape: Polygon) -> None:
    other = Polygon(shape.vertices[::-1])
    points = np.random.default_rng(7).uniform(-1, 5, (200, 2))
    assert np.allclose(shape.signed_distance(points), other.signed_distance(points))
    assert shape.measure() == pytest.approx(other.measure())
    assert np.allclose(shape.inward_normal(points), other.inward_normal(points))
    assert np.allclose(
        evaluate(shape.implicit(), shape, points), evaluate(other.implicit(), other, points)
    )


def test_edges_keep_their_numbers() -> None:
    for vertices in ([(0, 0), (2, 0), (0, 1)], [(0, 0), (0, 1), (2, 0)]):
        triangle = Polygon(vertices)
        middle = (np.array(vertices[0]) + vertices[1]) / 2
        assert [bool(triangle.on_part([middle], part)[0]) for part in triangle.parts] == [
            True,
            False,
            False,
        ]
        assert triangle.measure() == 1
        assert triangle.boundary_measure("edge_1") == pytest.approx(np.sqrt(5))
        assert triangle.convex


def test_one_name_for_all_edges() -> None:
    wall = Polygon(ELL.vertices, name="wall")
    assert wall.parts == ("wall",)
    assert wall.boundary_measure("wall") == 8
    assert wall.distance("wall") == ELL.distance()


def test_corners_have_mean_normals() -> None:
    half = np.sqrt(0.5)
    assert np.allclose(ELL.inward_normal([[0, 0], [1, 1]]), [[half, half], [-half, -half]])


def test_the_whole_distance_is_finite_at_vertices() -> None:
    for shape in (ELL, COMB, STAR, Polygon([(0, 0), (1, 0), (0, 1)])):
        corners = np.array(shape.vertices)
        assert np.abs(evaluate(shape.distance(), shape, corners)).max() < 1e-13


def test_joined_segments_vanish_on_the_edges_only() -> None:
    for power in (1, 2):
        joined = ELL.segment_distance(power)
        edge = ELL.sample_boundary(50, key=7)
        normal = ELL.inward_normal(edge)
        clear = (np.linalg.norm(edge[:, None] - np.array(ELL.vertices), axis=2) > 0.1).all(axis=1)
        assert np.abs(evaluate(joined, ELL, edge)).max() < 1e-12
        slope = evaluate(joined, ELL, (edge + 1e-6 * normal)[clear]) / 1e-6
        # φ = d (1 - O(d/0.1)) for the other edges 0.1 away or more.
        assert np.allclose(slope, 1, atol=1e-4)
        assert (evaluate(joined, ELL, ELL.sample(50, key=7)) > 0).all()


def test_straight_vertices_are_allowed() -> None:
    flat = Polygon([(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (0, 2)])
    square = Polygon([(0, 0), (2, 0), (2, 2), (0, 2)])
    points = np.random.default_rng(7).uniform(-1, 3, (100, 2))
    assert flat.convex
    assert flat.measure() == 4
    first, second = (evaluate(shape.implicit(), shape, points) for shape in (flat, square))
    assert np.array_equal(first > 0, second > 0)


@pytest.mark.parametrize("vertices", [[(0, 0), (1, 0)], [(0, 0, 0), (1, 0, 0), (0, 1, 0)], []])
def test_needs_three_vertices_of_the_plane(vertices: list[tuple[float, ...]]) -> None:
    with pytest.raises(DomainError, match="three vertices"):
        Polygon(vertices)
