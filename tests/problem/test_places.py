"""Where conditions hold, what expressions are worth there, and orders of differentiation."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum.problem import WellPosednessWarning
from residuum.problem._places import at_points, length_of, points_of, space_order, time_order

from ._statements import STATEMENTS, heat, lorenz, poisson_on_disc, t, u, v, w, x, y


def test_the_longest_side_is_the_length() -> None:
    assert length_of(heat()) == 1.0
    box = rs.Box(x=(0, 3), y=(-1, 1))
    assert length_of(rs.Problem(box, rs.Eq(rs.laplacian(v), 1), [rs.dirichlet(v, 0)])) == 3.0


def test_the_start_lies_at_the_first_time() -> None:
    domain = rs.Box(t=(2, 3), x=(0, 1))
    start = rs.initial(u, sp.sin(sp.pi * x))
    problem = rs.Problem(domain, rs.Eq(u.diff(t), u.diff(x, 2)), [start, rs.dirichlet(u, 0)])
    points = points_of(problem, start, 8)
    assert points is not None and points.shape == (8, 2)
    assert (points[:, 0] == 2.0).all()
    assert ((points[:, 1] > 0) & (points[:, 1] < 1)).all()


def test_the_start_of_an_ordinary_equation_is_one_point() -> None:
    points = points_of(lorenz(), lorenz().conditions[0], 8)
    assert points is not None and points.tolist() == [[0.0]]


def test_boundary_points_lie_on_the_boundary_at_all_times() -> None:
    points = points_of(heat(), heat().conditions[1], 9)
    assert points is not None
    assert set(points[:, 1]) <= {0.0, 1.0}
    assert points[:, 0].min() == 0.0 and points[:, 0].max() == 1.0


def test_boundary_points_of_a_disc_lie_on_its_circle() -> None:
    points = points_of(poisson_on_disc(), poisson_on_disc().conditions[0], 9)
    assert points is not None
    # A square root of a sum of squares.
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, rtol=1e-14)


def test_points_are_not_made_for_conditions_elsewhere() -> None:
    assert points_of(heat(), rs.periodic(u, x), 4) is None
    assert points_of(heat(), rs.integral(u), 4) is None


def test_values_that_are_not_real_are_not_numbers() -> None:
    found = at_points(poisson_on_disc(), sp.sqrt(x) + 1, np.array([[0.25, 0.0], [-0.25, 0.0]]))
    assert found[0] == 1.5 and np.isnan(found[1])


def test_constants_are_spread_over_the_points() -> None:
    assert at_points(poisson_on_disc(), sp.Integer(3), np.zeros((4, 2))).tolist() == [3.0] * 4


@pytest.mark.parametrize(
    ("name", "in_time", "in_space"),
    [
        ("poisson", 0, 2),
        ("wave", 2, 2),
        ("kdv", 1, 3),
        ("kuramoto_sivashinsky", 1, 4),
        ("lorenz", 1, 0),
        ("advection", 1, 1),
    ],
)
def test_orders_of_differentiation(name: str, in_time: int, in_space: int) -> None:
    problem = STATEMENTS[name]()
    assert time_order(problem, problem.unknowns[0]) == in_time
    assert space_order(problem, problem.unknowns[0]) == in_space


def test_mixed_derivatives_count_their_total_order_in_space() -> None:
    equation = rs.Eq(v.diff(x, 2, y), 1)
    with pytest.warns(WellPosednessWarning):
        problem = rs.Problem(rs.Box(x=(0, 1), y=(0, 1)), equation)
    assert space_order(problem, v) == 3
    assert space_order(problem, w) == 0


def test_given_coefficients_in_data_are_evaluated() -> None:
    first = rs.coefficient("first", x)
    problem = rs.Problem(
        rs.Box(t=(0, 1), x=(0, 2)),
        rs.Eq(u.diff(t), u.diff(x, 2)),
        [rs.initial(u, 2 * first), rs.periodic(u, "x")],
        given={"first": lambda x: x**2},
    )
    value = problem.fill(2 * first)
    assert at_points(problem, value, np.array([[0.0, 1.5]])) == pytest.approx([4.5])
    # Traits look at the size of the data.
    assert problem.traits.evolving
