"""From problems to rows."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Field, OptionError, in_double_precision
from residuum.geometry import Box, Disc, Grid
from residuum.objectives import Collocation, Rows
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    hard_conditions,
    initial,
    integral,
    laplacian,
    neumann,
    observe,
    point_value,
    scaling,
    unknown,
)

from ._statements import heat, poisson, t, u, w, x, y

POINTS = Collocation(30, 12)


def built(problem: Problem, design: Collocation = POINTS, key: int = 7) -> list[Rows]:
    sizes, hard = scaling(problem), hard_conditions(problem, enforce=False)
    inside, around = design.build(problem, sizes, hard, key)
    return [*inside, *around]


@eqx.filter_jit
def residual(rows: Rows, field: Field) -> Any:
    return rows.residual(field)


@pytest.mark.parametrize("make", [heat, poisson])
@in_double_precision
def test_rows_vanish_at_the_exact_solution_and_nowhere_else(make: Any) -> None:
    problem, exact = make()
    wrong = ExpressionField(
        (
            exact.expressions[0]
            + sp.Rational(1, 5) * x**3 * (1 + 2 * y if y in problem.space else t),
        ),
        problem.coordinates,
    )
    rows = built(problem)
    assert len(rows) == 1 + len(problem.conditions) + len(problem.observations)
    for item in rows:
        found = np.asarray(residual(item, exact))
        assert found.shape == (item.count,)
        # Terms of size one, a weight of ten and a few roundings each: measured at most 3e-15.
        np.testing.assert_allclose(found, 0, atol=1e-13, err_msg=item.name)
        if "x_min" not in item.name and "initial" not in item.name:  # the error vanishes there
            assert np.abs(np.asarray(residual(item, wrong))).max() > 1e-3, item.name


@in_double_precision
def test_normals_point_outward() -> None:
    rows = {item.name: item for item in built(poisson()[0])}
    normals = {name: item.normals for name, item in rows.items()}
    sides = {"x_min": (-1, 0), "x_max": (1, 0), "y_min": (0, -1), "y_max": (0, 1)}
    for side, expected in sides.items():
        (found,) = [n for name, n in normals.items() if f"on='{side}'" in name]
        true = np.tile(np.array(expected, float), (12, 1))
        np.testing.assert_allclose(np.asarray(found), true, atol=1e-15)


@in_double_precision
def test_normals_of_a_disc_in_time() -> None:
    v = unknown("v", t, x, y)
    disc = Disc((1, 2), 0.5)
    problem = Problem(
        disc.over(t=(3, 4)), Eq(v.diff(t), laplacian(v)), [initial(v, 1), neumann(v, 0)]
    )
    _, start, edge = built(problem)
    assert start.normals is None
    np.testing.assert_array_equal(start.points[:, 0], 3)
    points = np.asarray(edge.points)
    outward = (points[:, 1:] - [1, 2]) / 0.5
    # The boundary is met to rounding.
    np.testing.assert_allclose(np.asarray(edge.normals), outward, atol=1e-14)
    assert points[:, 0].min() == 3 and points[:, 0].max() == 4
    # Times are shuffled: along the edge they follow no order.
    assert np.abs(np.corrcoef(points[:, 0], np.arange(len(points)))[0, 1]) < 0.9


@in_double_precision
def test_columns_follow_the_problem_not_the_domain_or_the_unknown() -> None:
    v = unknown("v", x, t)
    problem = Problem(
        Box(x=(5, 6), t=(0, 2)),
        Eq(v.diff(t), laplacian(v)),
        [initial(v, x), dirichlet(v, x)],
        observations=[observe(v, [5.5], at=np.array([[5.5, 1.0]]))],
    )
    for item in built(problem):
        points = np.asarray(item.points)
        assert points[:, 0].max() <= 2 and points[:, 1].min() >= 5, item.name


@in_double_precision
def test_weights_count_an_error_of_typical_size_as_the_weight() -> None:
    """Equations off by their size give one, conditions off by the unknown's size the weight."""
    problem = Problem(Box(x=(0, 1), y=(0, 1)), Eq(laplacian(w), -8), [dirichlet(w, 4)])
    sizes = scaling(problem)
    assert sizes.magnitudes[0] == 4.0
    for count in (10, 40):
        equations, boundary = built(problem, Collocation(count, count, weight=3.0))
        zero = ExpressionField((sp.Integer(0),), problem.coordinates)
        # A field of zero: the equation is off by 8, the condition by 4.
        squares = float(jnp.sum(residual(equations, zero) ** 2))
        assert squares == pytest.approx((8 / sizes.residuals[0]) ** 2, rel=1e-12)
        assert float(jnp.sum(residual(boundary, zero) ** 2)) == pytest.approx(9.0, rel=1e-12)


@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        (2.0, (0.01 * 0.5 / 2.0) ** 2),  # a deviation counts like a hundredth of the terms
        (0.0, (3.0 / 4.0 * 0.5) ** 2),  # noise unknown: the weight against the size of u
        (1e-9, (3.0 / 4.0 * 0.5) ** 2),  # never more than that
    ],
)
@in_double_precision
def test_observations_are_weighted_by_their_noise(noise: float, expected: float) -> None:
    at = {"x": np.linspace(0.1, 0.9, 5), "y": 0.5}
    problem = Problem(
        Box(x=(0, 1), y=(0, 1)),
        Eq(laplacian(w), 0),
        [dirichlet(w, 4)],
        observations=[observe(w, np.full(5, 3.5), at=at, noise=noise)],
    )
    rows = built(problem, Collocation(10, 10, weight=3.0))[-1]
    four = ExpressionField((sp.Integer(4),), problem.coordinates)
    found = np.asarray(residual(rows, four))
    assert (found > 0).all() and float(np.sum(found**2)) == pytest.approx(expected, rel=1e-12)


@in_double_precision
def test_a_value_at_a_point() -> None:
    problem = Problem(
        Box(x=(0, 2), y=(0, 1)),
        Eq(laplacian(w), 0),
        [neumann(w, 0), point_value(w, 3, at={"y": 0.25, "x": 1.5})],
    )
    rows = built(problem)[-1]
    np.testing.assert_array_equal(rows.points, [[1.5, 0.25]])
    three = ExpressionField((sp.Integer(3) + x - sp.Rational(3, 2),), problem.coordinates)
    assert rows.count == 1 and float(residual(rows, three)[0]) == 0.0


@in_double_precision
def test_integrals_over_space() -> None:
    problem = Problem(
        Box(x=(0, 2), y=(0, 3)), Eq(laplacian(w), 0), [neumann(w, 0), integral(w, 12)]
    )
    rows = built(problem)[-1]
    assert rows.groups == rows.count == 1
    two = ExpressionField((sp.Integer(2),), problem.coordinates)
    # The mean of equal numbers, to rounding.
    assert float(residual(rows, two)[0]) == pytest.approx(0.0, abs=1e-13)
    tilted = ExpressionField((x + y - sp.Rational(1, 2),), problem.coordinates)
    # 512 Sobol points integrate a linear function to about 1/512 of its range of five.
    factor = float(np.asarray(rows.factor))
    assert float(residual(rows, tilted)[0]) == pytest.approx(0.0, abs=0.01 * factor)


@in_double_precision
def test_integrals_at_every_time() -> None:
    problem = Problem(
        Box(t=(0, 2), x=(0, 3)),
        Eq(u.diff(t), laplacian(u)),
        [initial(u, 2), neumann(u, 0), integral(u, 6)],
    )
    rows = built(problem)[-1]
    assert rows.groups == rows.count == 9
    # The weight of ten against an unknown of size two, over the root of nine times.
    assert float(np.asarray(rows.factor)) == pytest.approx(10 / (2 * 3), rel=1e-12)
    growing = ExpressionField((2 + t,), problem.coordinates)
    found = np.asarray(residual(rows, growing)) / np.asarray(rows.factor)
    # One row per time, in order; means of 512 equal numbers.
    np.testing.assert_allclose(found, np.linspace(0, 2, 9), atol=1e-12)


@in_double_precision
def test_points_follow_key_and_design() -> None:
    problem = heat()[0]
    first, same, other = (built(problem, key=key)[0].points for key in (7, 7, 8))
    np.testing.assert_array_equal(first, same)
    assert not np.isclose(np.asarray(first), np.asarray(other)).all()
    grid = np.asarray(built(problem, Collocation(36, 4, Grid()))[0].points)
    assert len(np.unique(grid[:, 0].round(12))) <= 8


@pytest.mark.parametrize(
    "options", [{"interior": 0}, {"boundary": -1}, {"weight": 0.0}, {"weight": np.nan}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        Collocation(**options)
