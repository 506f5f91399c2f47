"""Equations by component, and observations as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import ProblemError

from ._statements import t, u, v, w, x, y


def test_residuals_are_left_minus_right_in_plain_derivatives() -> None:
    equation = rs.Eq(-rs.laplacian(v), rs.div(x * rs.grad(v)))
    (found,) = equation.residuals((x, y))
    expected = -(1 + x) * (v.diff(x, 2) + v.diff(y, 2)) - v.diff(x)
    assert sp.expand(found - expected) == 0


def test_the_right_side_is_zero_if_left_out() -> None:
    assert rs.Eq(w.diff(x)).residuals((x,)) == [w.diff(x)]


def test_vector_equations_give_one_residual_per_component() -> None:
    equation = rs.Eq(rs.grad(v), [x, 2 * y])
    assert equation.residuals((x, y)) == [v.diff(x) - x, v.diff(y) - 2 * y]


def test_a_vector_may_equal_zero() -> None:
    assert rs.Eq(rs.grad(v)).residuals((x, y)) == [v.diff(x), v.diff(y)]
    assert rs.Eq(0, rs.grad(v)).residuals((x, y)) == [-v.diff(x), -v.diff(y)]


def test_vector_and_scalar_do_not_compare() -> None:
    with pytest.raises(ProblemError, match="vector"):
        rs.Eq(rs.grad(v), v).residuals((x, y))


def test_equations_keep_what_was_written() -> None:
    equation = rs.Eq(rs.div(rs.grad(w)), 1)
    assert equation.left == rs.div(rs.grad(w))
    assert repr(equation) == f"Eq({rs.div(rs.grad(w))}, 1)"


def test_coordinates_of_observations_broadcast() -> None:
    data = rs.observe(u, np.arange(6.0), at={"t": np.array([[0.1], [0.2]]), "x": [0.0, 0.5, 1.0]})
    expected = [[a, b] for a in (0.1, 0.2) for b in (0.0, 0.5, 1.0)]
    assert data.points.tolist() == expected
    assert data.values.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("at", [{"x": 0.5, "t": 0.25}, np.array([0.25, 0.5]), [[0.25, 0.5]]])
def test_one_observation_in_every_spelling(at: Any) -> None:
    data = rs.observe(u, 3, at=at, noise=0.5)
    assert data.points.tolist() == [[0.25, 0.5]]
    assert data.points.dtype == data.values.dtype == np.float64
    assert data.values.tolist() == [3.0] and data.noise == 0.5


def test_places_along_one_coordinate_need_no_second_axis() -> None:
    data = rs.observe(w, [1.0, 2.0], at=np.array([0.25, 0.5]))
    assert data.points.tolist() == [[0.25], [0.5]]


def test_columns_follow_the_unknown_not_the_mapping() -> None:
    p = rs.unknown("p", y, t, x)
    data = rs.observe(p, 1.0, at={"t": 1.0, "x": 2.0, "y": 3.0})
    assert data.points.tolist() == [[3.0, 1.0, 2.0]]


def test_observations_are_named_by_unknown_size_and_noise() -> None:
    data = rs.observe(w, [1.0, 2.0], at={"x": [0.1, 0.2]}, noise=0.25)
    assert repr(data) == "observe(w(x), 2 values, noise=0.25)"


def test_observations_do_not_follow_later_changes_of_the_array() -> None:
    values = np.array([1.0, 2.0])
    data = rs.observe(w, values, at={"x": [0.1, 0.2]})
    values[0] = 100.0
    assert data.values[0] == 1.0
