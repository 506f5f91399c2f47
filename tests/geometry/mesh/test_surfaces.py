"""Surfaces of shapes, and moving points onto them."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.geometry import Ball, Box, Disc, Interval, Polygon, Shape
from residuum.geometry.mesh._surfaces import moved, surface_numbers, surfaces_of


@pytest.mark.parametrize(
    "shape",
    [
        Box(x=(0, 1), y=(-2, 3)),
        Polygon([(0, 0), (2, 0), (0, 1)]),
        Disc((1, 2), 0.5),
        Ball((0, 1, 0), 2),
        Disc((0, 0), 1).over(t=(0, 2)),
        Box(x=(0, 1), y=(0, 1)) - Disc((0.5, 0.5), 0.2, name="hole"),
        Interval(0, 3) - Interval(1, 2),
    ],
)
def test_every_boundary_point_is_on_a_surface_of_its_part(shape: Shape) -> None:
    surfaces = surfaces_of(shape)
    assert surfaces is not None
    for part in shape.parts:
        points = shape.sample_boundary(64, part=part, key=5)
        gaps = [np.abs(s.gap(points)) for s in surfaces if s.part == part]
        assert np.min(gaps, axis=0).max() < 1e-12
        normal = np.stack([s.normal(points) for s in surfaces])
        assert np.linalg.norm(normal, axis=2) == pytest.approx(1, rel=1e-12)


def test_facets_find_the_surface_under_their_middle() -> None:
    # Both ends of the straight side of a half disc are on the circle of the same name.
    half = Disc((0, 0), 1, name="wall") & Polygon([(-2, 0), (2, 0), (2, 2), (-2, 2)], name="wall")
    surfaces = surfaces_of(half)
    assert surfaces is not None
    straight = np.array([[(-1.0, 0.0), (1.0, 0.0)]])
    bent = np.array([[(np.cos(0.3), np.sin(0.3)), (np.cos(0.5), np.sin(0.5))]])
    numbers = surface_numbers(surfaces, "wall", np.concatenate([straight, bent]))
    assert surfaces[numbers[0]].flat and not surfaces[numbers[1]].flat
    assert surface_numbers(surfaces, "other", straight).tolist() == [-1]


def test_points_move_onto_intersections() -> None:
    # The circle in which a ball and a plane meet: 0.6 from the axis at height 0.8.
    cap = Ball((0, 0, 0), 1) & Box(x=(-1, 1), y=(-1, 1), z=(0.8, 2))
    surfaces = surfaces_of(cap)
    assert surfaces is not None
    ball, plane = surfaces[0], next(s for s in surfaces if s.part == "z_min")
    points = np.array([(0.55, 0.05, 0.79), (0.3, 0.3, 0.7)])
    both = np.ones(2, dtype=bool)
    found = moved(points, [(ball, both), (plane, both)])
    assert found[:, 2] == pytest.approx(0.8, abs=1e-12)
    assert np.linalg.norm(found[:, :2], axis=1) == pytest.approx(0.6, abs=1e-12)


def test_shapes_of_others_have_no_surfaces() -> None:
    from residuum.geometry.mesh import MeshShape, mesh_of

    assert surfaces_of(MeshShape(mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5))) is None
