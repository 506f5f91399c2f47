"""The statement is complete and free of contradiction; what is right passes untouched.

What is wrong is in ``tests/contracts/test_bad_input.py``: here are the borders between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import ConditionError, DataError, ProblemError

from ._statements import (
    SIDES,
    SQUARE,
    STATEMENTS,
    bar,
    cavity,
    circle,
    history,
    lorenz,
    plate,
    t,
    u,
    v,
    w,
    x,
    y,
)

START = rs.initial(u, sp.sin(sp.pi * x))
HEAT = rs.Eq(u.diff(t), u.diff(x, 2))
BAR = rs.Eq(-w.diff(x, 2), 1)
PLATE = rs.Eq(-rs.laplacian(v), 1)


@pytest.mark.parametrize("name", STATEMENTS)
def test_known_equations_pass_without_a_warning(name: str) -> None:
    problem = STATEMENTS[name]()
    assert len(problem.residuals) == len(problem.unknowns)


@pytest.mark.parametrize(
    "rate",
    [
        pytest.param(1, id="forward"),
        pytest.param(1 + x**2, id="varying"),
        pytest.param(rs.parameter("D", bounds=(0.1, 1.0)), id="unknown"),
    ],
)
def test_forward_diffusion_passes(rate: Any) -> None:
    assert history(rs.Eq(u.diff(t), rs.div(rate * rs.grad(u))))


@pytest.mark.parametrize(
    ("equation", "stable"),
    [
        (rs.Eq(u.diff(t), u.diff(x, 2)), True),
        (rs.Eq(-u.diff(t), -u.diff(x, 2)), True),
        (rs.Eq(u.diff(x, 2), u.diff(t)), True),
        (rs.Eq(u.diff(t) + u.diff(x, 2), 0), False),
        (rs.Eq(u.diff(t) + u.diff(x, 4), 0), True),
        (rs.Eq(u.diff(t), u.diff(x, 4)), False),
        (rs.Eq(u.diff(t), u.diff(x, 6)), True),
        (rs.Eq(u.diff(t) + u.diff(x, 6), 0), False),
        (rs.Eq(2 * u.diff(t) + 3 * rs.laplacian(rs.laplacian(u)), rs.laplacian(u)), True),
        (rs.Eq(u.diff(t) + u.diff(x, 3), 0), True),
    ],
    ids=str,
)
def test_the_sign_of_the_highest_even_derivative(equation: rs.Eq, stable: bool) -> None:
    # Of a wave exp(ikx), u_t = D ∂^(2m) u grows like (-1)^m D k^(2m) t.
    if stable:
        assert circle(equation, sp.cos(2 * sp.pi * x))
    else:
        with pytest.raises(ProblemError, match="stable sign"):
            circle(equation, sp.cos(2 * sp.pi * x))


@pytest.mark.parametrize("source", ["product", "power"])
def test_backward_diffusion_that_varies_is_refused(source: str) -> None:
    rate = -(2 + sp.sin(x)) if source == "product" else -sp.exp(x)
    with pytest.raises(ProblemError, match="stable sign"):
        history(rs.Eq(u.diff(t), rate * u.diff(x, 2)))


def test_backward_diffusion_in_a_system_is_refused() -> None:
    a, b = rs.unknown("a", "b", t, x)
    equations = [rs.Eq(a.diff(t), -a.diff(x, 2) + b), rs.Eq(b.diff(t), b.diff(x, 2))]
    conditions = [rs.initial(c, 0) for c in (a, b)] + [rs.dirichlet(c, 0) for c in (a, b)]
    with pytest.raises(ProblemError, match="stable sign"):
        rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), equations, conditions)


def test_time_may_run_from_a_negative_start() -> None:
    domain = rs.Box(t=(-1, 1), x=(0, 1))
    assert history(HEAT, domain=domain).interval == (-1.0, 1.0)


def test_an_initial_value_may_be_observed_instead_of_given() -> None:
    data = rs.observe(u, [1.0], at={"t": 0.1, "x": 0.5})
    problem = history(HEAT, rs.dirichlet(u, 0), observations=[data])
    assert problem.initial_value(u) is None


def test_unknowns_without_a_time_derivative_need_no_start() -> None:
    a, p = rs.unknown("a", "p", t, x)
    equations = [rs.Eq(a.diff(t), a.diff(x, 2) + p), rs.Eq(-p.diff(x, 2), a)]
    ends = [rs.dirichlet(c, 0) for c in (a, p)]
    domain = rs.Box(t=(0, 1), x=(0, 1))
    assert rs.Problem(domain, equations, [rs.initial(a, 0), *ends]).initial_value(p) is None


def test_every_unknown_of_an_ordinary_system_needs_its_start() -> None:
    with pytest.raises(ConditionError, match=r"rs\.initial\(c"):
        lorenz().replace(conditions=lorenz().conditions[:2])


def test_each_end_may_have_its_own_condition() -> None:
    problem = bar(BAR, rs.dirichlet(w, 0, on="x_min"), rs.robin(w, 1, on="x_max"))
    assert [c.on for c in problem.conditions] == ["x_min", "x_max"]


def test_periodic_in_one_axis_leaves_the_other_free() -> None:
    sides = [rs.dirichlet(v, 0, on=side) for side in ("y_min", "y_max")]
    assert plate(PLATE, rs.periodic(v, x), *sides).periodic_axes(v) == ("x",)


@pytest.mark.parametrize("at", [0.0, 1.0, 1.0 + 1e-12])
def test_points_on_the_boundary_are_inside(at: float) -> None:
    condition = rs.point_value(w, 0, at={"x": at})
    problem = bar(rs.Eq(w.diff(x), 1), condition)
    assert condition in problem.conditions


def test_two_points_may_have_values() -> None:
    values = [rs.point_value(w, 0, at={"x": place}) for place in (0.25, 0.75)]
    with pytest.warns(UserWarning, match="too few"):
        problem = bar(BAR, *values)
    assert len(problem.conditions) == 2
    with pytest.raises(ConditionError, match="one point_value"):
        bar(BAR, values[0], rs.point_value(w, 1, at={"x": 0.25}))


def test_observations_may_lie_on_the_boundary() -> None:
    data = rs.observe(w, [0.0, 0.0], at={"x": [0.0, 1.0]})
    assert bar(BAR, observations=[data]).observations == (data,)


def test_observations_outside_in_time_are_found() -> None:
    data = rs.observe(u, [0.0], at={"t": 2.0, "x": 0.5})
    with pytest.raises(DataError, match="inside the domain"):
        history(HEAT, observations=[data])


def test_observations_of_columns_in_another_order_are_placed_right() -> None:
    p = rs.unknown("p", y, x)
    domain = rs.Box(x=(0, 10), y=(0, 1))
    data = rs.observe(p, [0.0], at={"x": 9.0, "y": 0.5})
    problem = rs.Problem(
        domain, rs.Eq(rs.laplacian(p), 1), [rs.dirichlet(p, 0)], observations=[data]
    )
    assert problem.coordinates == (x, y)
    wrong = rs.observe(p, [0.0], at={"x": 0.5, "y": 9.0})
    with pytest.raises(DataError, match="1 outside"):
        problem.replace(observations=[wrong])


def test_closures_and_coefficients_may_be_given() -> None:
    c, k = rs.closure("c", w), rs.coefficient("k", x)
    equation = rs.Eq(-rs.div(k * rs.grad(w)) + c, 1)
    assert bar(equation, given={"k": 1.0, "c": lambda s: s}).closures == (c,)


def test_one_coefficient_may_be_used_at_two_places() -> None:
    k = rs.coefficient("k", x)
    problem = bar(rs.Eq(-rs.div(k * rs.grad(w)) + k * w, k), given={"k": 2.0})
    assert problem.coefficients == (k,)


def test_a_grid_has_a_value_per_node_or_per_cell() -> None:
    k = rs.coefficient("k", x, y)
    equation = rs.Eq(-rs.laplacian(v) + k * v, 1)
    assert plate(equation, given={"k": (([0, 1], [0, 0.5, 1]), [[1, 2]])})
    with pytest.raises(DataError, match="for cells"):
        plate(equation, given={"k": (([0, 1], [0, 0.5, 1]), [[1, 2], [3, 4]])})


def test_observations_may_stand_in_for_an_equation() -> None:
    a = rs.unknown("a", x, y)
    domain, equation = rs.Box(x=(0, 1), y=(0, 1)), rs.Eq(-rs.div(a * rs.grad(v)), 1)
    wall = rs.dirichlet(a, 1)
    seen = rs.observe(v, [0.1], at={"x": 0.5, "y": 0.5})
    assert rs.Problem(domain, equation, [wall], observations=[seen]).unknowns == (v, a)
    with pytest.raises(ProblemError, match="1 equations for 2 unknowns"):
        rs.Problem(domain, equation, [wall])
    with pytest.raises(ProblemError, match="2 equations for 1 unknowns"):
        rs.Problem(domain, [PLATE, PLATE], observations=[seen])


def test_a_grid_may_be_lists() -> None:
    k = rs.coefficient("k", x, y)
    grid = (([0, 1], [0, 0.5, 1]), [[1, 2, 3], [4, 5, 6]])
    assert plate(rs.Eq(-rs.laplacian(v) + k * v, 1), given={"k": grid}).given["k"] == grid


@pytest.mark.parametrize(
    "pose",
    [
        lambda: plate(
            rs.Eq(rs.laplacian(rs.laplacian(v)), 1), rs.dirichlet(v, 0), rs.neumann(v, 0)
        ),
        lambda: plate(
            rs.Eq(rs.laplacian(rs.laplacian(v)), 1),
            *(rs.dirichlet(v, 0, on=side) for side in SIDES),
            *(rs.neumann(v, 0, on=side) for side in SIDES),
        ),
    ],
    ids=["whole boundary", "by sides"],
)
def test_a_clamped_plate_has_value_and_slope_on_one_boundary(
    pose: Callable[[], rs.Problem],
) -> None:
    assert len(pose().conditions) in (2, 8)


def test_values_that_depend_on_time_and_place_pass() -> None:
    wall = rs.dirichlet(u, sp.exp(-t) * x * (1 - x))
    assert history(HEAT, rs.initial(u, x * (1 - x)), wall)


def test_the_lid_of_a_cavity_may_jump() -> None:
    assert cavity(1.0).traits.unknowns == 3


def test_an_unknown_in_a_condition_only_is_named() -> None:
    stranger = rs.unknown("stranger", x)
    with pytest.raises(ConditionError, match="stranger"):
        rs.Problem(
            rs.Box(x=(0, 1)),
            [BAR, rs.Eq(w.diff(x), 1)],
            [rs.dirichlet(w, 0), rs.dirichlet(stranger, 0)],
        )


def test_numbers_far_from_one_are_still_compared() -> None:
    tiny = 1e-12
    with pytest.raises(ConditionError, match="agree where they meet"):
        history(HEAT, rs.initial(u, tiny), rs.dirichlet(u, 0))
    assert history(HEAT, rs.initial(u, tiny * sp.sin(sp.pi * x)), rs.dirichlet(u, 0))


def test_values_on_arrays_do_not_change_the_statement() -> None:
    values = np.array([0.5, 0.7])
    data = rs.observe(w, values, at={"x": [0.2, 0.4]}, noise=0.1)
    problem = bar(BAR, observations=[data])
    assert problem.observations[0].values.tolist() == [0.5, 0.7]
    assert SQUARE.axes == ("x", "y")
