"""Newton's method on a grid: linear, nonlinear, from a poor start, singular."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Result, double_precision
from residuum.discretise.spectral import ChebyshevAxis, Grid, Steady, continued, newton
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, space, unknown


def test_bratu() -> None:
    x = space("x")
    u = unknown("u", x)
    from sympy import exp

    problem = Problem(Box(x=(0, 1)), Eq(u.diff(x, 2) + exp(u), 0), [dirichlet(u, 0)])
    with double_precision():
        posed = Steady(problem, Grid((ChebyshevAxis(0.0, 1.0, 25),)))
        residual, slope = posed.compiled()
        state, result, count = newton(residual, slope, np.zeros(25), go_on=lambda i, s: True)
    assert result is Result.SUCCESSFUL
    assert count < 9
    # Exact: u = -2 ln(cosh((x-1/2)θ/2)/cosh(θ/4)), θ = √2 cosh(θ/4): θ = 1.5171645990.
    theta = 1.51716459905075436
    middle = 2 * np.log(np.cosh(theta / 4))
    assert abs(posed.nodal(state)[12, 0] - middle) < 1e-12


def arctangent(y: Array) -> Array:
    return jnp.arctan(y)


def test_damping_saves_a_start_from_which_full_steps_diverge() -> None:
    with double_precision():
        for solve in (newton, continued):
            state, result, _ = solve(
                arctangent,
                lambda y: jnp.diag(1 / (1 + y * y)),
                np.array([10.0]),
                go_on=lambda i, s: True,
            )
            assert result is Result.SUCCESSFUL
            assert abs(state[0]) < 1e-12


def test_singular_and_rootless_problems_are_not_called_solved() -> None:
    with double_precision():
        _, flat, _ = newton(
            lambda y: jnp.stack([y[0] + y[1], y[0] + y[1] + 1]),
            lambda y: jnp.ones((2, 2)),
            np.zeros(2),
            go_on=lambda i, s: True,
        )
        _, rootless, _ = newton(
            lambda y: y * y + 1, lambda y: jnp.diag(2 * y), np.array([0.7]), go_on=lambda i, s: True
        )
    assert flat is Result.STAGNATED
    assert rootless in (Result.STAGNATED, Result.NOT_FINITE)
