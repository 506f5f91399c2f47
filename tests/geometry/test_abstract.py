"""Contracts: what holds for every shape, part and design."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError, OptionError
from residuum.geometry import Design, Interval, Polygon, Shape

from ._cases import COMBINED, DESIGNS, EXACT, SHAPES, around, away_from_corners, evaluate

every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: type(design).__name__)
@every_shape
def test_samples_are_strictly_inside(shape: Shape, design: Design) -> None:
    points = shape.sample(203, design=design, key=7)
    assert points.shape == (203, shape.dimension)
    assert (shape.signed_distance(points) < 0).all()
    assert shape.contains(points).all()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: type(design).__name__)
@every_shape
def test_boundary_samples_are_on_the_boundary(shape: Shape, design: Design) -> None:
    points = shape.sample_boundary(61, design=design, key=7)
    assert points.shape == (61, shape.dimension)
    assert np.abs(shape.signed_distance(points)).max() < 1e-12
    assert shape.on_part(points, "boundary").all()


@every_shape
def test_part_samples_are_on_their_part(shape: Shape) -> None:
    covered = np.zeros(101, dtype=bool)
    boundary = shape.sample_boundary(101, key=13)
    for part in shape.parts:
        assert shape.on_part(shape.sample_boundary(17, part=part, key=7), part).all()
        covered |= shape.on_part(boundary, part)
    assert covered.all()
    assert not shape.on_part(shape.sample(50, key=7), "boundary").any()


@every_shape
def test_the_key_decides(shape: Shape) -> None:
    for draw in (shape.sample, shape.sample_boundary):
        first, again, other = draw(32, key=7), draw(32, key=7), draw(32, key=8)
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


@pytest.mark.parametrize("shape", EXACT.values(), ids=EXACT)
def test_signed_distance_agrees_with_the_nearest_boundary_point(shape: Shape) -> None:
    points = around(shape, 60, seed=17)
    cloud = shape.sample_boundary(20_000, key=19)
    nearest = np.linalg.norm(points[:, None] - cloud, axis=2).min(axis=1)
    exact = shape.signed_distance(points)
    assert np.array_equal(exact < 0, shape.contains(points))
    assert (nearest - np.abs(exact) > -1e-12).all()
    # The cloud's own spacing h makes its distance too large by at most h; m points on a
    # (d-1)-dimensional surface leave gaps of a few (area/m)^(1/(d-1)).
    spacing = (shape.boundary_measure() / 20_000) ** (1 / max(shape.dimension - 1, 1))
    assert (nearest - np.abs(exact)).max() < 4 * spacing


@pytest.mark.parametrize("shape", COMBINED.values(), ids=COMBINED)
def test_combined_distance_is_a_lower_bound(shape: Shape) -> None:
    points = around(shape, 60, seed=17)
    cloud = shape.sample_boundary(4_000, key=19)
    nearest = np.linalg.norm(points[:, None] - cloud, axis=2).min(axis=1)
    assert (np.abs(shape.signed_distance(points)) <= nearest + 1e-12).all()


@every_shape
def test_signed_distance_has_unit_gradient(shape: Shape) -> None:
    points, h = around(shape, 100, seed=23), 1e-6
    steps = h * np.eye(shape.dimension)
    ahead = [shape.signed_distance(points + s) - shape.signed_distance(points - s) for s in steps]
    length = np.linalg.norm(np.array(ahead) / (2 * h), axis=0)
    # Median: finite differences across a ridge of the distance are not 1.
    assert abs(np.median(length) - 1) < 1e-6


@every_shape
def test_normals_are_unit_and_point_inside(shape: Shape) -> None:
    points = shape.sample_boundary(200, key=29)
    normals = shape.inward_normal(points)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-12)
    assert (shape.signed_distance(points + 1e-5 * normals) < 0).all()
    assert (shape.signed_distance(points - 1e-5 * normals) > 0).all()


@every_shape
def test_implicit_function_has_the_sign_of_the_set(shape: Shape) -> None:
    points = around(shape, 400, seed=31)
    assert np.array_equal(
        evaluate(shape.implicit(), shape, points) > 0, shape.signed_distance(points) < 0
    )


@every_shape
def test_distance_expressions(shape: Shape) -> None:
    inside, size = shape.sample(200, key=37), float(np.abs(shape.bounds).max())
    parts = {"boundary": shape.distance(normalised=True)} | shape.part_distances()
    for part, expression in parts.items():
        points = shape.sample_boundary(60, part=part, key=41)
        # Rounding of sqrt(a² + b²) - a - b, deepest for the star's ten edges.
        assert np.abs(evaluate(expression, shape, points)).max() < 1e-13 * size
        assert (evaluate(expression, shape, inside) > 0).all()
        points = points[away_from_corners(shape, points, 0.01)]
        ahead = points + 1e-6 * shape.inward_normal(points)
        slope = evaluate(expression, shape, ahead) / 1e-6
        # Second derivatives are about 1/0.01 at 0.01 from a corner: 1e-6 * 100 and a margin.
        assert np.allclose(slope, 1, atol=3e-4)


@every_shape
def test_the_default_distance_vanishes_and_is_positive(shape: Shape) -> None:
    expression, points = shape.distance(), shape.sample_boundary(60, key=43)
    assert np.abs(evaluate(expression, shape, points)).max() < 1e-13 * np.abs(shape.bounds).max()
    assert (evaluate(expression, shape, shape.sample(200, key=37)) > 0).all()


@every_shape
def test_boundary_samples_follow_the_measure(shape: Shape) -> None:
    points, whole = shape.sample_boundary(4096, key=47), shape.boundary_measure()
    for part in shape.parts:
        share = shape.on_part(points, part).mean()
        # Quasi-random shares of 4096 points, against measures from 4096 points.
        assert abs(share - shape.boundary_measure(part) / whole) < 5e-3


@every_shape
def test_shapes_are_values(shape: Shape) -> None:
    assert hash(shape) == hash(shape)
    assert shape == shape
    with pytest.raises(AttributeError):
        shape.anything = 1  # type: ignore[attr-defined]


def test_wrong_use_says_what_to_do() -> None:
    line = Interval(0, 1)
    with pytest.raises(DomainError, match="x_min"):
        line.distance("top")
    with pytest.raises(DomainError, match="boundary"):
        line.sample_boundary(3, part="top", key=7)
    with pytest.raises(OptionError, match=r"\(n, 1\)"):
        line.contains([0.5])
    with pytest.raises(OptionError, match="at least 1"):
        line.sample(0, key=7)
    with pytest.raises(OptionError, match="whole number of points"):
        line.sample(2.5, key=7)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="tolerance"):
        line.contains([[0.5]], -1.0)
    with pytest.raises(TypeError):
        line | 3  # type: ignore[operator]


def test_tolerance_widens_the_set() -> None:
    triangle = Polygon([(0, 0), (1, 0), (0, 1)])
    assert not triangle.contains([[-1e-3, 0.5]])[0]
    assert triangle.contains([[-1e-3, 0.5]], 2e-3)[0]
    assert triangle.on_part([[-1e-3, 0.5]], "edge_2", 2e-3)[0]
