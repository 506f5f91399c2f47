"""The discrete equations: their derivative, their conditions, what is kept constant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.discretise.elements import System
from residuum.geometry import Box, Disc
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    neumann,
    parameter,
    periodic,
    robin,
    unknown,
    vector,
)
from tests.discretise.elements._posed import LINE, SQUARE, system_of, t, v, x, y

a, b, p = unknown("a", "b", "p", x, y)
u, w = unknown("u", "w", t, x)
MOMENT = Box(t=(0, 1), x=(0, 1))


def navier_stokes() -> Problem:
    flow = vector(a, b)
    equations = [
        Eq(a * a.diff(x) + b * a.diff(y) + p.diff(x), laplacian(a) / 50),
        Eq(a * b.diff(x) + b * b.diff(y) + p.diff(y), laplacian(b) / 50),
        Eq(div(flow), 0),
    ]
    walls = [dirichlet(b, 0), dirichlet(a, 1, on="y_max", jump=True), integral(p)]
    walls += [dirichlet(a, 0, on=part) for part in SQUARE.parts[:3]]
    return Problem(SQUARE, equations, walls)


def plasticity() -> Problem:
    steep = sp.sqrt(1 + v.diff(x) ** 2 + v.diff(y) ** 2)
    conditions = [dirichlet(v, x, on="x_min"), robin(v, 1, a=1 + x, b=2, on="x_max")]
    conditions += [neumann(v, 0, on=part) for part in ("y_min", "y_max")]
    # The normal derivative under a nonlinear conductivity makes the boundary nonlinear too.
    return Problem(SQUARE, Eq(-div(steep * grad(v)) + sp.exp(v) * v.diff(x), 1), conditions)


def reactions() -> Problem:
    equations = [
        Eq((1 + u**2) * u.diff(t), div((1 + w) * grad(u)) - u * w**2),
        Eq(w.diff(t) + u * w.diff(t), div((2 + u) * grad(w)) + u * w**2 * sp.cos(t)),
    ]
    conditions = [initial(u, 1), initial(w, x), dirichlet(w, 0, on="x_min")]
    conditions += [dirichlet(w, 1, on="x_max"), neumann(u, 0)]
    return Problem(MOMENT, equations, conditions)


def pendulum_chain() -> Problem:
    start = [initial(u, sp.sin(sp.pi * x)), initial_rate(u, 0), dirichlet(u, 0)]
    damped = u.diff(t, 2) + u.diff(t) * sp.Abs(u.diff(t))
    return Problem(MOMENT, Eq(damped, u.diff(x, 2) - sp.sin(u)), start)


@pytest.mark.parametrize("make", [navier_stokes, plasticity, reactions, pendulum_chain])
def test_the_jacobian_is_the_derivative_of_the_residual(make: Any) -> None:
    problem = make()
    many = len(problem.unknowns) + (1 if make is pendulum_chain else 0)
    orders = (2, 2, 1) if make is navier_stokes else (2,) * many
    system = system_of(problem, orders, 0.4, degree=6)
    random = np.random.default_rng(73)
    state, rate, move = random.uniform(0.3, 1, (3, system.size))
    shift, step = 2.5, 1e-6
    for share in (1.0, 0.25):
        matrix = system.jacobian(0.4, state, rate, shift, share)
        # A step of the state moves the rate by shift times it.
        ends = [
            system.residual(0.4, state + s * step * move, rate + s * shift * step * move, share)
            for s in (1, -1)
        ]
        wanted = (ends[0] - ends[1]) / (2 * step)
        scale = np.abs(wanted).max()
        # Central differences at 1e-6: rounding of 1e-16 / 1e-6 is what is left.
        np.testing.assert_allclose(matrix @ move, wanted, atol=1e-8 * scale)


def test_a_linear_problem_has_a_constant_matrix() -> None:
    problem = Problem(SQUARE, Eq(-div((1 + x) * grad(v)) + v, 1), [dirichlet(v, 0)])
    system = system_of(problem, 2)
    assert system.linear and system.steady_load and system.steady_fixed
    state = np.random.default_rng(79).normal(size=system.size)
    one, other = system.jacobian(0.0, state), system.jacobian(0.0, 0 * state)
    assert abs(one - other).max() == 0
    gap = system.residual(0.0, state) - (system.stiffness @ state + system.load(0.0))
    assert np.abs(gap).max() == 0


def test_factors_that_change_in_time_are_not_taken_for_constant() -> None:
    equation = Eq(u.diff(t), (1 + t) * u.diff(x, 2) + t * x)
    problem = Problem(MOMENT, equation, [initial(u, 0), dirichlet(u, sp.sin(t) * x)])
    system = system_of(problem, 2)
    assert not system.linear and not system.steady_load and not system.steady_fixed
    early, late = (system.load(moment) for moment in (0.0, 1.0))
    assert np.abs(early).max() == 0 and late.sum() == pytest.approx(-0.5, rel=1e-12)
    numbers, values = system.fixed(0.7)
    assert values.max() == pytest.approx(np.sin(0.7))
    assert system.fixed_rate(0.7)[1].max() == pytest.approx(np.cos(0.7))
    assert len(numbers) == 2 and system.free.size == system.size - 2


def test_later_values_win_in_corners() -> None:
    lid = dirichlet(v, 1, on="y_max", jump=True)
    walls = [dirichlet(v, 0, on=part) for part in SQUARE.parts[:3]]
    system = system_of(Problem(SQUARE, Eq(-laplacian(v), 0), [lid, *walls]), 2)
    numbers, values = system.fixed(0.0)
    places = system.space.places(0)[numbers]
    corners = np.isin(places, (0.0, 1.0)).all(axis=1)
    assert corners.sum() == 4 and (values[corners] == 0).all()
    assert (values[(places[:, 1] == 1) & ~corners] == 1).all()


def test_a_dirichlet_value_that_is_not_finite_is_an_error() -> None:
    k = coefficient("k", x, y)
    given = {"k": lambda p, q: np.full_like(np.asarray(p, float), np.nan)}
    problem = Problem(SQUARE, Eq(-laplacian(v), 1), [dirichlet(v, k)], given=given)
    with pytest.raises(FloatingPointError):
        system_of(problem, 1).fixed(0.0)


def test_parameters_left_open_are_given_to_the_system() -> None:
    q = parameter("q", bounds=(0.0, 9.0))
    problem = Problem(LINE, Eq(-q * unknown("s", x).diff(x, 2), 1), [dirichlet(unknown("s", x), 0)])
    from residuum.discretise.elements import Space
    from residuum.geometry.mesh import mesh_of
    from residuum.problem import weak_form

    space = Space(mesh_of(LINE, 0.3), (1,), degree=2)
    one, three = (System(problem, weak_form(problem), space, {"q": k}) for k in (1.0, 3.0))
    assert abs(three.stiffness - 3 * one.stiffness).max() < 1e-13


def test_periodic_numbers_are_solved_for_once() -> None:
    conditions = [periodic(v, "x"), dirichlet(v, 0, on="y_min"), neumann(v, 0, on="y_max")]
    system = system_of(Problem(SQUARE, Eq(-laplacian(v), x), conditions), 2)
    places = system.space.places(0)
    assert set(system.slaves) == set(np.flatnonzero(places[:, 0] == 1))
    assert not np.isin(system.slaves, system.free).any()
    state = system.spread(np.random.default_rng(83).normal(size=system.size))
    left, right = (state[places[:, 0] == end] for end in (0, 1))
    order = [np.argsort(places[places[:, 0] == end][:, 1]) for end in (0, 1)]
    np.testing.assert_array_equal(left[order[0]], right[order[1]])


def test_components_tell_whose_a_number_is() -> None:
    system = system_of(navier_stokes(), (2, 2, 1), 0.5)
    sizes = np.bincount(system.components)
    assert sizes.tolist() == [*system.space.sizes, 1]


def test_the_mean_weighs_every_function() -> None:
    problem = Problem(Disc((0, 0), 1), Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    assert system_of(problem, 2, 0.3).mean(0).sum() == pytest.approx(np.pi, rel=1e-4)
