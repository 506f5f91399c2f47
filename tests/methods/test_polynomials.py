"""Polynomials of a total degree: forward problems in many dimensions, and fields to be inferred."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, Result, double_precision
from residuum._solve import solve
from residuum.geometry import Ball, Box
from residuum.methods._polynomials import Polynomials
from residuum.problem import Eq, Problem, dirichlet, div, grad, laplacian, observe, space, unknown


def values(answer: object, points: np.ndarray) -> np.ndarray:
    with double_precision():
        return np.asarray(answer.field(jnp.asarray(points)))  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_smooth_solution_in_a_ball() -> None:
    x, y, z = space("x", "y", "z")
    u = unknown("u", x, y, z)
    exact = (1 - x**2 - y**2 - z**2) * sp.exp(x) * sp.cos(y)
    ball = Ball((0.0, 0.0, 0.0), 1.0, axes=("x", "y", "z"))
    right = sp.Add(*(sp.diff(exact, c, 2) for c in (x, y, z)))
    problem = Problem(ball, Eq(laplacian(u), right), [dirichlet(u, 0)])
    answer = solve(problem, Polynomials((4, 6, 8)), tol=1e-4, progress=False)
    points = ball.sample(200, key=5)
    wanted = sp.lambdify((x, y, z), exact)(*points.T)
    error = np.linalg.norm(values(answer, points)[:, 0] - wanted) / np.linalg.norm(wanted)
    assert answer.result is Result.TOLERANCE_REACHED
    # The estimate is the error of the lower degree.
    assert error <= answer.certificate.relative <= 1e-4


@pytest.mark.slow
def test_a_conductivity_is_inferred_as_a_polynomial() -> None:
    x = space("x")
    u, a = unknown("u", "a", x)
    # u = x (2 - x) and a = 1 + x/2: from exact readings the conductivity is a polynomial too.
    right = -sp.diff((1 + x / 2) * sp.diff(x * (2 - x), x), x)
    at = np.linspace(0.02, 0.98, 40)[:, None]
    problem = Problem(
        Box(x=(0, 1)),
        Eq(-div(a * grad(u)), right),
        [dirichlet(a, 1 + x / 2)],
        observations=[observe(u, (at * (2 - at))[:, 0], at=at)],
    )
    answer = solve(problem, Polynomials((2, 4)), tol=1e-4, progress=False)
    points = np.linspace(0, 1, 50)[:, None]
    found = values(answer, points)
    j = [str(w.func) for w in problem.unknowns].index("a")
    assert np.abs(found[:, j] - 1 - points[:, 0] / 2).max() < 1e-4


@pytest.mark.slow
def test_noisy_observations_are_not_followed_and_their_noise_is_in_the_estimate() -> None:
    x = space("x")
    u, a = unknown("u", "a", x)
    right = -sp.diff((1 + x / 2) * sp.diff(x * (2 - x), x), x)
    noise, at = 0.02, np.linspace(0.01, 0.99, 400)[:, None]
    readings = (at * (2 - at))[:, 0] + noise * np.random.default_rng(41).standard_normal(400)
    problem = Problem(
        Box(x=(0, 1)),
        Eq(-div(a * grad(u)), right),
        [dirichlet(a, 1 + x / 2), dirichlet(u, 0, on="x_min")],
        observations=[observe(u, readings, at=at, noise=noise)],
    )
    answer = solve(problem, Polynomials((2, 4, 6, 8)), progress=False)
    points = np.linspace(0, 1, 100)[:, None]
    exact = np.stack([points * (2 - points), 1 + points / 2], axis=2)[:, 0]
    error = values(answer, points) - exact
    relative = (np.linalg.norm(error, axis=0) / np.linalg.norm(exact, axis=0)).max()
    # The noise of one reading is 0.027 of the size of u; measured: 3e-3 and an estimate of 1.6e-2.
    assert answer.result is Result.SUCCESSFUL
    assert relative < answer.certificate.relative < 0.027
    assert any("two halves" in item for item in answer.certificate.assumptions)


def test_options_are_checked() -> None:
    with pytest.raises(OptionError):
        Polynomials((4, 2))
    with pytest.raises(OptionError):
        Polynomials(points=0.5)


def test_problems_without_space_are_refused() -> None:
    from residuum.catalogue import case

    assert "no space" in str(Polynomials().refuse(case("lorenz").problem()))
    assert Polynomials().refuse(case("pinnacle_heat_5d").problem()) is None
