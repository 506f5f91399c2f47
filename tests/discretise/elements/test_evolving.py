"""Evolutions: the time derivative and moving conditions, on meshes that hold the answer exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Result, double_precision
from residuum.discretise.elements import evolving_field, initial_state, march
from residuum.discretise.time import BDF
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    laplacian,
    neumann,
    periodic,
    unknown,
    vector,
)
from tests.discretise.elements._posed import forced, interpolated, put, system_of, t, x, y

DOMAIN = Box(t=(0, 1), x=(0, 1))
u, w = unknown("u", "w", t, x)


def gap(problem: Problem, exact: Any, orders: Any, tol: float, **options: Any) -> float:
    """Return the largest error over the knots, against the largest value."""
    system = system_of(problem, orders, 0.25, degree=8)
    with double_precision():
        found = march(system, tol=tol, **options)
        field = evolving_field(system.space, found.knots, found.states, len(problem.unknowns), (1,))
    assert found.result is Result.SUCCESSFUL and found.path
    random = np.random.default_rng(97)
    points = np.column_stack([random.uniform(0, 1, 300), random.uniform(0, 1, 300)])
    values = field.numeric(points)
    rows = [sp.lambdify((t, x), exact[v], "numpy")(*points.T) for v in problem.unknowns]
    wanted = np.stack(rows, axis=1)
    return float(np.abs(values - wanted).max() / np.abs(wanted).max())


def heat(left: Any, exact: Any) -> Problem:
    conditions = [
        initial(u, exact.subs(t, 0)),
        dirichlet(u, exact.subs(x, 0), on="x_min"),
        neumann(u, exact.diff(x).subs(x, 1), on="x_max"),
    ]
    return Problem(DOMAIN, forced(left, {u: exact}, (x,)), conditions)


IN_TIME = sp.exp(-t) * (x**3 - 2 * x) + sp.sin(3 * t) * (1 + x)
LEFTS = {
    "heat": u.diff(t) - div(2 * grad(u)),
    "changing conductivity": u.diff(t) - div((2 + sp.cos(t)) * grad(u)),
    "nonlinear": u.diff(t) - div((1 + u**2) * grad(u)) + u**3,
    "capacity": (2 + u**2) * u.diff(t) - div(grad(u)),
    "carried": u.diff(t) - laplacian(u) + u * u.diff(x),
}


@pytest.mark.parametrize("name", LEFTS)
@pytest.mark.parametrize("scheme", [None, BDF()], ids=["esdirk", "bdf"])
def test_only_the_error_in_time_is_left(name: str, scheme: Any) -> None:
    # Cubic elements hold the answer at every time: what remains is controlled by the tolerance.
    found = gap(heat(LEFTS[name], IN_TIME), {u: IN_TIME}, 3, 1e-6, scheme=scheme)
    assert found < (2e-5 if scheme is None else 2e-4)


def test_a_wave_with_moving_ends() -> None:
    exact = sp.sin(2 * t) * (x**2 - x) + (1 + t) * x
    left = u.diff(t, 2) - 2 * laplacian(u) + u.diff(t)
    conditions = [
        initial(u, exact.subs(t, 0)),
        initial_rate(u, exact.diff(t).subs(t, 0)),
        dirichlet(u, exact.subs(x, 0), on="x_min"),
        dirichlet(u, exact.subs(x, 1), on="x_max"),
    ]
    problem = Problem(DOMAIN, forced(left, {u: exact}, (x,)), conditions)
    assert gap(problem, {u: exact}, 2, 1e-6) < 2e-5


def test_a_system_of_which_one_equation_has_no_rate() -> None:
    exact = {u: sp.cos(t) * x**2, w: sp.exp(t / 2) * (1 - x) * x}
    left = [u.diff(t) - laplacian(u) + u * w, -laplacian(w) + w - u**2]
    conditions = [initial(u, exact[u].subs(t, 0))]
    for one in (u, w):
        conditions += [
            dirichlet(one, exact[one].subs(x, 0), on="x_min"),
            dirichlet(one, exact[one].subs(x, 1), on="x_max"),
        ]
    problem = Problem(DOMAIN, [forced(item, exact, (x,)) for item in left], conditions)
    assert gap(problem, exact, 2, 1e-6) < 2e-5


def test_a_flow_keeps_its_constraint() -> None:
    a, b, p = unknown("a", "b", "p", t, x, y)
    exact = {a: sp.cos(t) * y**2, b: sp.sin(t) * x**2, p: (1 + t) * (x - y)}
    momentum = [
        put(v.diff(t) - laplacian(v) + a * v.diff(x) + b * v.diff(y) + p.diff(c), exact, (x, y))
        for v, c in ((a, x), (b, y))
    ]
    convected = [a * v.diff(x) + b * v.diff(y) for v in (a, b)]
    rates = vector(a.diff(t), b.diff(t))
    equations = [
        Eq(rates + vector(*convected) - laplacian(vector(a, b)) + grad(p), vector(*momentum)),
        Eq(div(vector(a, b)), 0),
    ]
    box = Box(t=(0, 1), x=(0, 1), y=(0, 1))
    conditions = [initial(v, exact[v].subs(t, 0)) for v in (a, b)]
    for v in (a, b):
        for part, c, end in (("x_min", x, 0), ("x_max", x, 1), ("y_min", y, 0), ("y_max", y, 1)):
            conditions.append(dirichlet(v, exact[v].subs(c, end), on=part))
    from residuum.problem import integral

    problem = Problem(box, equations, [*conditions, integral(p)])
    system = system_of(problem, (2, 2, 1), 0.5, degree=6)
    with double_precision():
        found = march(system, tol=1e-5)
    assert found.result is Result.SUCCESSFUL
    final = interpolated(system, exact, 1.0)[: system.space.size]
    cut = system.space.offsets[2]
    assert np.abs(found.states[-1][:cut] - final[:cut]).max() < 1e-4
    assert np.abs(found.states[-1][cut:] - final[cut:]).max() < 1e-2


def test_a_periodic_evolution() -> None:
    exact = sp.exp(-4 * sp.pi**2 * t) * sp.sin(2 * sp.pi * x)
    problem = Problem(
        DOMAIN,
        Eq(u.diff(t), laplacian(u)),
        [initial(u, sp.sin(2 * sp.pi * x)), periodic(u, "x")],
    )
    system = system_of(problem, 3, 0.05, degree=6)
    with double_precision():
        found = march(system, tol=1e-5)
    places = system.space.places(0)[:, 0]
    for row in (0, len(found.states) // 2):
        assert found.states[row][places == 0] == found.states[row][places == 1]
    wanted = sp.lambdify((t, x), exact, "numpy")
    assert np.abs(found.states[-1] - wanted(1.0, places)).max() < 1e-4


def test_initial_values_and_rates_are_put_in_their_places() -> None:
    conditions = [initial(u, 1 + x), initial_rate(u, 3 * x), dirichlet(u, 1 + 3 * x * t)]
    problem = Problem(
        DOMAIN,
        Eq(u.diff(t, 2), laplacian(u)),
        [*conditions[:2], dirichlet(u, 1, on="x_min"), dirichlet(u, 2 + 3 * t, on="x_max")],
    )
    system = system_of(problem, 2, 0.5)
    state = initial_state(system)
    places = system.space.places(0)[:, 0]
    value, rate = np.split(state, [system.space.offsets[1]])
    np.testing.assert_allclose(value, 1 + places)
    np.testing.assert_allclose(rate, 3 * places)


def test_a_run_may_be_stopped_and_keeps_what_it_has() -> None:
    problem = heat(LEFTS["nonlinear"], IN_TIME)
    system = system_of(problem, 2)
    with double_precision():
        found = march(system, tol=1e-5, watch=lambda time: time < 0.3)
    assert found.result is Result.OUT_OF_BUDGET
    assert 0 < found.knots[-1] < 1 and np.isfinite(found.states).all()


def test_what_blows_up_ends_in_a_code() -> None:
    # u' = u²: infinite at t = 1/3.
    problem = Problem(DOMAIN, Eq(u.diff(t), laplacian(u) + u**2), [initial(u, 3), neumann(u, 0)])
    with double_precision():
        found = march(system_of(problem, 1), tol=1e-4)
    assert not found.result.ok and np.isfinite(found.states).all()
    assert found.knots[-1] == pytest.approx(1 / 3, abs=0.01)


def test_what_turns_into_nan_ends_in_a_code() -> None:
    k = coefficient("k", t, x)
    given = {"k": lambda p, q: np.where(np.asarray(p) > 0.5, np.nan, 1.0)}
    conditions = [initial(u, 1), dirichlet(u, 1)]
    problem = Problem(DOMAIN, Eq(u.diff(t), laplacian(u) + k), conditions, given=given)
    with double_precision():
        found = march(system_of(problem, 1), tol=1e-4)
    assert not found.result.ok and np.isfinite(found.states).all()
    assert found.knots[-1] < 0.51
