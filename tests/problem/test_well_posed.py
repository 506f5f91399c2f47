"""Conditions agree where they meet, and are as many as a solution needs."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import sympy as sp

import residuum as rs
from residuum._core import ConditionError
from residuum.problem import WellPosednessWarning

from ._statements import SIDES, bar, history, plate, t, u, v, w, x, y

HEAT = rs.Eq(u.diff(t), u.diff(x, 2))
BAR = rs.Eq(-w.diff(x, 2), 1)
PLATE = rs.Eq(-rs.laplacian(v), 1)


def posed_with(message: str, pose: Any) -> None:
    with pytest.warns(WellPosednessWarning) as caught:
        pose()
    texts = [str(item.message) for item in caught]
    assert any(message in text for text in texts), texts


def test_the_start_must_agree_with_the_walls() -> None:
    with pytest.raises(ConditionError, match=r"1 by .* and 0 by|0 by .* and 1 by"):
        history(HEAT, rs.initial(u, sp.cos(sp.pi * x / 2)), rs.dirichlet(u, 0))


def test_the_message_names_the_place() -> None:
    with pytest.raises(ConditionError, match=r"'t': 0\.0, 'x': 1\.0"):
        history(HEAT, rs.initial(u, x), rs.dirichlet(u, 0))


@pytest.mark.parametrize("which", ["start", "wall"])
def test_a_jump_that_is_meant_passes(which: str) -> None:
    start = rs.initial(u, 1, jump=which == "start")
    wall = rs.dirichlet(u, 0, jump=which == "wall")
    assert history(HEAT, start, wall)


def test_a_wall_that_moves_must_agree_at_the_start_only() -> None:
    assert history(HEAT, rs.initial(u, 0), rs.dirichlet(u, sp.sin(t)))
    with pytest.raises(ConditionError, match="agree where they meet"):
        history(HEAT, rs.initial(u, 0), rs.dirichlet(u, sp.cos(t)))


def test_a_start_at_another_time_is_compared_there() -> None:
    domain = rs.Box(t=(2, 3), x=(0, 1))
    assert history(HEAT, rs.initial(u, 0), rs.dirichlet(u, t - 2), domain=domain)
    with pytest.raises(ConditionError, match="agree where they meet"):
        history(HEAT, rs.initial(u, 0), rs.dirichlet(u, t), domain=domain)


def test_rounding_is_no_disagreement() -> None:
    # sin(π) in double precision is 1.2e-16, not zero.
    assert history(HEAT, rs.initial(u, 1e6 * sp.sin(3.141592653589793 * x)), rs.dirichlet(u, 0))


def test_sides_must_agree_at_their_corner() -> None:
    def sides(top: Any) -> list[Any]:
        rest = {"x_min": 0, "x_max": y, "y_min": 0}
        return [rs.dirichlet(v, value, on=on) for on, value in {**rest, "y_max": top}.items()]

    assert plate(PLATE, *sides(x))
    assert plate(PLATE, *sides(x**3))
    with pytest.raises(ConditionError, match=r"'x': 1\.0, 'y': 1\.0"):
        plate(PLATE, *sides(x / 2))


def test_edges_of_a_polygon_must_agree_at_their_vertex() -> None:
    triangle = rs.Polygon([(0, 0), (1, 0), (0, 1)])

    def edges(*values: Any) -> list[Any]:
        return [rs.dirichlet(v, value, on=f"edge_{i}") for i, value in enumerate(values)]

    assert plate(PLATE, *edges(x, 1 - y, -y + y), domain=triangle)
    with pytest.raises(ConditionError, match="agree where they meet"):
        plate(PLATE, *edges(x, 1, 0), domain=triangle)


def test_sides_apart_may_differ() -> None:
    assert bar(BAR, rs.dirichlet(w, 0, on="x_min"), rs.dirichlet(w, 5, on="x_max"))


def test_unknowns_are_compared_with_themselves_only() -> None:
    a, b = rs.unknown("a", "b", x, y)
    equations = [rs.Eq(rs.laplacian(a), 0), rs.Eq(rs.laplacian(b), 0)]
    domain = rs.Box(x=(0, 1), y=(0, 1))
    assert rs.Problem(domain, equations, [rs.dirichlet(a, 0), rs.dirichlet(b, 1)])


def test_sides_must_agree_at_all_times() -> None:
    h = rs.unknown("h", t, x, y)
    walls = [rs.dirichlet(h, 0, on=side) for side in SIDES[:3]]
    with pytest.raises(ConditionError, match="agree where they meet"):
        rs.Problem(
            rs.Box(t=(0, 1), x=(0, 1), y=(0, 1)),
            rs.Eq(h.diff(t), rs.laplacian(h)),
            [rs.initial(h, 0), *walls, rs.dirichlet(h, t, on="y_max")],
        )


def test_a_bare_side_is_too_little() -> None:
    posed_with(
        "too few conditions on w(x) at 'x_max'", lambda: bar(BAR, rs.dirichlet(w, 0, on="x_min"))
    )


def test_slopes_everywhere_and_a_value_is_too_much() -> None:
    posed_with(
        "too many conditions on w(x) at 'x_max'",
        lambda: bar(BAR, rs.neumann(w, 0), rs.dirichlet(w, 0, on="x_max")),
    )


def test_fourth_order_needs_two_conditions() -> None:
    equation = rs.Eq(rs.laplacian(rs.laplacian(v)), 1)
    posed_with("too few conditions on v(x, y) at 'y_max': 1 for order 4", lambda: plate(equation))


def test_a_first_order_equation_needs_one_end() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bar(rs.Eq(w.diff(x), 1), rs.dirichlet(w, 0, on="x_min"))


def test_a_first_order_equation_with_values_at_both_ends_is_too_much() -> None:
    posed_with(
        "too many",
        lambda: bar(
            rs.Eq(w.diff(x), 1), rs.dirichlet(w, 0, on="x_min"), rs.dirichlet(w, 1, on="x_max")
        ),
    )


def test_periodic_axes_need_nothing_more() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sides = [rs.neumann(v, 0, on=side) for side in ("y_min", "y_max")]
        assert plate(rs.Eq(v - rs.laplacian(v), 1), rs.periodic(v, x), *sides)


def test_fluxes_count_for_the_unknown_in_them() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        k = 1 + x
        assert bar(
            rs.Eq(-rs.div(k * rs.grad(w)), 1),
            rs.flux(k * rs.grad(w), 0, on="x_min"),
            rs.dirichlet(w, 0, on="x_max"),
        )


def test_observations_may_stand_for_conditions() -> None:
    data = rs.observe(w, [0.1], at={"x": [0.5]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rs.Problem(rs.Box(x=(0, 1)), BAR, observations=[data])


def test_slopes_alone_fix_a_steady_answer_up_to_a_constant() -> None:
    posed_with("fixed only up to a constant", lambda: bar(BAR, rs.neumann(w, 0)))


@pytest.mark.parametrize(
    "fix",
    [rs.integral(w), rs.point_value(w, 0, at={"x": 0.5})],
    ids=lambda item: str(item.kind),
)
def test_one_number_fixes_the_constant(fix: Any) -> None:
    slopes = [rs.neumann(w, 0, on="x_min"), rs.neumann(w, -1, on="x_max")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bar(BAR, *slopes, fix)


def test_a_reaction_fixes_the_constant() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bar(rs.Eq(-w.diff(x, 2) + w, 1), rs.neumann(w, 0))


def test_the_start_fixes_the_constant() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert history(HEAT, rs.initial(u, sp.cos(sp.pi * x)), rs.neumann(u, 0))


def test_a_pressure_without_a_number_is_fixed_up_to_a_constant() -> None:
    a, b, p = rs.unknown("a", "b", "p", x, y)
    momentum = rs.Eq(rs.grad(p), rs.vector(rs.laplacian(a), rs.laplacian(b)))
    equations = [momentum, rs.Eq(rs.div([a, b]), 0)]
    walls = [rs.dirichlet(a, 0), rs.dirichlet(b, 0)]
    domain = rs.Box(x=(0, 1), y=(0, 1))
    posed_with("p(x, y) is fixed only up to", lambda: rs.Problem(domain, equations, walls))


def test_the_warning_points_at_the_users_line() -> None:
    with pytest.warns(WellPosednessWarning) as caught:
        rs.Problem(rs.Box(x=(0, 1)), BAR, [rs.dirichlet(w, 0, on="x_min")])
    assert caught[0].filename == __file__
    with pytest.warns(WellPosednessWarning) as caught:
        rs.Problem(rs.Box(x=(0, 1)), BAR, [rs.neumann(w, 0)])
    assert caught[0].filename == __file__


def test_an_outlet_without_force_fixes_the_pressure_and_is_one_condition() -> None:
    p = rs.unknown("p", x, y)
    equations = [
        rs.Eq(rs.div(rs.grad(v) - rs.vector(p, 0)), 0),
        rs.Eq(v.diff(x) + p.diff(y), 0),
    ]
    walls = [rs.dirichlet(v, 0, on=side) for side in ("x_min", "y_min", "y_max")]
    outlet = rs.flux(rs.grad(v) - rs.vector(p, 0), 0, on="x_max")
    domain = rs.Box(x=(0, 1), y=(0, 1))
    assert rs.Problem(domain, equations, [*walls, outlet])  # a warning would be an error
    closed = [*walls, rs.dirichlet(v, 0, on="x_max")]
    posed_with(
        "p(x, y) is fixed only up to a constant", lambda: rs.Problem(domain, equations, closed)
    )


def test_walls_that_swing_in_simple_fractions_of_the_interval_agree() -> None:
    # sin πt + sin 3πt + sin 5πt vanishes at every third of a unit, and sin πy at y = 1 is 1e-16.
    swing = sum(sp.sin(k * sp.pi * t) for k in (1, 3, 5))
    q = rs.unknown("q", t, x, y)
    domain = rs.Box(t=(0, 5), x=(0, 1), y=(0, 1))
    walls = [rs.dirichlet(q, 0, on=side) for side in ("x_max", "y_min", "y_max")]
    moving = rs.dirichlet(q, sp.sin(sp.pi * y) * swing, on="x_min")
    equation = rs.Eq(q.diff(t), rs.laplacian(q))
    assert rs.Problem(domain, equation, [rs.initial(q, 0), *walls, moving])
