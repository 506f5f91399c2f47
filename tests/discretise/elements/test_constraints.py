"""Integrals, point values and means: one row and one multiplier each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Result
from residuum.discretise.elements import solve_steady
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    integral,
    laplacian,
    neumann,
    point_value,
    unknown,
)
from residuum.problem._well_posed import WellPosednessWarning
from tests.discretise.elements._posed import (
    CUBIC,
    SQUARE,
    errors,
    forced,
    interpolated,
    sides,
    system_of,
    t,
    v,
    x,
    y,
)

SLOPES = dict.fromkeys(SQUARE.parts, ("neumann",))


def held(*extra: Any, exact: Any = CUBIC) -> Problem:
    conditions = [*sides(v, exact, SQUARE, SLOPES), *extra]
    return Problem(SQUARE, forced(-laplacian(v), {v: exact}, (x, y)), conditions)


def whole(exact: Any) -> Any:
    return sp.integrate(exact, (x, 0, 1), (y, 0, 1))


def test_an_integral_fixes_the_constant() -> None:
    system = system_of(held(integral(v, whole(CUBIC))), 3)
    (row,) = system.constraints
    state = interpolated(system, {v: CUBIC})
    assert row.row @ state[: system.space.size] == pytest.approx(float(whole(CUBIC)), rel=1e-12)
    found = solve_steady(system)
    assert found.result is Result.SUCCESSFUL and found.notes == []
    assert errors(system, found.state, CUBIC)[0] < 1e-12
    assert abs(found.multipliers[0]) < 1e-12


def test_an_integral_may_be_of_any_linear_expression() -> None:
    expression = 3 * x * v + v.diff(y)
    value = sp.integrate(3 * x * CUBIC + CUBIC.diff(y), (x, 0, 1), (y, 0, 1))
    system = system_of(held(integral(expression, value)), 3)
    assert errors(system, solve_steady(system).state, CUBIC)[0] < 1e-11


def test_a_point_value_fixes_the_constant() -> None:
    for place in ({"x": 0.37, "y": 0.61}, {"x": 0.0, "y": 1.0}, {"x": 0.5, "y": 0.5}):
        value = float(CUBIC.subs({x: place["x"], y: place["y"]}))
        system = system_of(held(point_value(v, value, at=place)), 3)
        found = solve_steady(system)
        assert errors(system, found.state, CUBIC)[0] < 1e-11, place


def test_pure_neumann_data_give_the_solution_of_mean_zero() -> None:
    with pytest.warns(WellPosednessWarning):
        problem = held()
    system = system_of(problem, 3)
    found = solve_steady(system)
    assert errors(system, found.state, CUBIC - whole(CUBIC))[0] < 1e-12
    assert found.notes == [] and found.misfit < 1e-12


def test_data_that_no_solution_fits_are_told() -> None:
    with pytest.warns(WellPosednessWarning):
        problem = Problem(SQUARE, Eq(-laplacian(v), 1 + x), [neumann(v, 0)])
    found = solve_steady(system_of(problem, 2))
    # ∫ f = 3/2 has nowhere to go; the equation that was solved is off by its mean.
    assert found.multipliers[0] == pytest.approx(1.5, rel=1e-10)
    assert found.misfit == pytest.approx(1.0, rel=0.01)
    assert len(found.notes) == 1 and "1.5" in found.notes[0] and "mean" in found.notes[0]


def test_a_constraint_too_many_is_told() -> None:
    conditions = [dirichlet(v, 0), integral(v, 1)]
    found = solve_steady(system_of(Problem(SQUARE, Eq(-laplacian(v), 0), conditions), 2))
    assert found.notes and abs(found.multipliers[0]) > 1


def test_the_value_may_change_in_time() -> None:
    u = unknown("u", t, x)
    conditions = [initial(u, 1), neumann(u, 0), integral(u, sp.cos(t))]
    problem = Problem(Box(t=(0, 1), x=(0, 1)), Eq(u.diff(t) - laplacian(u), 0), conditions)
    (row,) = system_of(problem, 1).constraints
    assert not row.steady and row.value_at(0.5) == pytest.approx(np.cos(0.5))
