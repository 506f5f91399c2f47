"""Splines through values on a grid: order, closing axes, faces that stay zero."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError, in_double_precision
from residuum.fields import GridSpline, interpolate_grid


def wave(places: np.ndarray, heights: np.ndarray) -> np.ndarray:
    return np.stack([np.sin(2 * np.pi * places) * np.exp(heights), heights * (1 - heights)], -1)


def made(count: int) -> GridSpline:
    circle, wall = np.arange(count) / count, np.linspace(0, 1, count + 1) ** 1.3
    grid = np.meshgrid(circle, wall, indexing="ij")
    return interpolate_grid((circle, wall), wave(*grid), (1.0, None))


@in_double_precision
def test_it_converges_to_the_sixth_order_with_its_derivatives() -> None:
    points = np.random.default_rng(5).uniform(0, 1, (60, 2))
    errors = []
    for count in (12, 24):
        jet = made(count).jet(jnp.asarray(points), [(0, 0), (1, 1), (2, 0)])
        value = np.asarray(jet.value) - wave(*points.T)
        bend = np.asarray(jet.derivative((2, 0)))[:, 0] + 4 * np.pi**2 * wave(*points.T)[:, 0]
        errors.append([np.abs(value).max(), np.abs(bend).max()])
    orders = np.log2(np.divide(errors[0], errors[1]))
    assert orders[0] > 5.0 and orders[1] > 3.0, orders


@in_double_precision
def test_numpy_gives_every_derivative_of_the_jet() -> None:
    # More points than are read at once, some beyond the ends.
    points = np.random.default_rng(5).uniform(-0.1, 1.1, (5000, 2))
    indices = [(0, 0), (0, 2), (1, 1), (3, 0), (6, 0)]
    plain = made(12).numeric_derivatives(points, indices)
    jet = made(12).jet(jnp.asarray(points), indices)
    for index in indices:
        expected = np.asarray(jet.derivative(index))
        size = np.abs(expected).max()
        # Rounding of the basis, whose derivatives cancel: some thousand times their sum.
        np.testing.assert_allclose(plain[index], expected, rtol=0, atol=2e-12 * size)
    assert made(12).numeric(points[:0]).shape == (0, 2)


@in_double_precision
def test_points_of_one_first_coordinate_are_answered_alike() -> None:
    points = np.random.default_rng(5).uniform(0, 1, (50, 2))
    points[:, 0] = 0.37
    indices = [(1, 0), (0, 0), (1, 1), (0, 2)]
    alike = made(12).numeric_derivatives(points, indices)
    # One point elsewhere sends all of them the long way.
    apart = made(12).numeric_derivatives(np.append(points, [[0.5, 0.5]], axis=0), indices)
    for index in indices:
        size = np.abs(apart[index]).max()
        np.testing.assert_allclose(alike[index], apart[index][:-1], rtol=0, atol=1e-13 * size)


@in_double_precision
def test_a_periodic_axis_closes_with_its_derivatives() -> None:
    ends = np.array([[0.0, 0.3], [1.0, 0.3]])
    jet = made(12).jet(jnp.asarray(ends), [(4, 0)])
    for order in range(5):
        left, right = np.asarray(jet.derivative((order, 0)))[:, 0]
        # Rounding of some 40^order.
        assert abs(left - right) < 1e-13 * 40.0**order


@in_double_precision
def test_a_face_whose_values_are_zero_is_zero() -> None:
    points = np.random.default_rng(6).uniform(0, 1, (40, 2))
    points[:, 1] = np.repeat([0.0, 1.0], 20)
    assert np.abs(np.asarray(made(12)(jnp.asarray(points)))[:, 1]).max() < 1e-15


@pytest.mark.parametrize(("nodes", "degree"), [(1, 0), (2, 1), (3, 1), (4, 3), (6, 5)])
@in_double_precision
def test_few_nodes_give_low_degrees(nodes: int, degree: int) -> None:
    axis = np.linspace(0, 1, nodes) if nodes > 1 else np.array([0.5])
    found = interpolate_grid((axis,), axis[:, None] ** degree, (None,))
    assert found.degrees == (degree,)
    at = np.linspace(0, 1, 7)
    np.testing.assert_allclose(
        np.asarray(found(jnp.asarray(at[:, None])))[:, 0], at**degree, atol=1e-13
    )


@pytest.mark.parametrize(
    ("axes", "values"),
    [((np.arange(3.0),), np.zeros((4, 1))), ((np.arange(3.0),), np.full((3, 1), np.nan))],
)
def test_values_that_do_not_fit_are_refused(axes: Any, values: np.ndarray) -> None:
    with pytest.raises(DataError, match="finite values of shape"):
        interpolate_grid(axes, values, (None,))


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    field = made(12)
    for change in (
        {"degrees": (5,)},
        {"degrees": (9, 5)},
        {"weights": field.weights[1:]},
        {"knots": (field.knots[0][::-1], field.knots[1])},
    ):
        with pytest.raises(DataError):
            dataclasses.replace(field, **change)
