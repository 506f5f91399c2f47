"""What every classical discretisation owes: its order, its certificate, an honest end."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Answer, Budget, Method, Monitor, Result, Task, double_precision
from residuum.geometry import Box
from residuum.methods import Chebyshev, Fourier
from residuum.methods._finite_element import FiniteElement
from residuum.methods._finite_volume import FiniteVolume
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    initial,
    laplacian,
    periodic,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u = unknown("u", t, x)
RING = Box(t=(0, 1), x=(0, 1))


def diffusion(*, around: bool) -> tuple[Problem, Any]:
    """Heat on a rod or a ring, with its exact answer."""
    k = 2 if around else 1
    wave = sp.sin(k * sp.pi * x)
    exact = wave * sp.exp(-t / 2)
    source = put(exact)
    sides = [periodic(u, "x")] if around else [dirichlet(u, 0)]
    equation = Eq(u.diff(t), laplacian(u) / 20 + source)
    return Problem(RING, equation, [initial(u, wave), *sides]), exact


def put(exact: Any) -> Any:
    return sp.simplify(exact.diff(t) - exact.diff(x, 2) / 20)


def carried() -> tuple[Problem, Any]:
    """A wave carried once around a ring."""
    exact = 2 + sp.sin(2 * sp.pi * (x - t))
    problem = Problem(
        RING, Eq(u.diff(t) + div(u), 0), [initial(u, exact.subs(t, 0)), periodic(u, "x")]
    )
    return problem, exact


CASES: dict[str, tuple[Method, tuple[Problem, Any], float]] = {
    "finite elements, order 1": (FiniteElement(order=1), diffusion(around=False), 1e-3),
    "finite elements, order 2": (FiniteElement(order=2), diffusion(around=False), 1e-4),
    "finite elements, order 3": (FiniteElement(order=3), diffusion(around=True), 1e-4),
    "chebyshev": (Chebyshev(), diffusion(around=False), 1e-8),
    "fourier": (Fourier(), diffusion(around=True), 1e-8),
    "finite volumes": (FiniteVolume(), carried(), 1e-2),
}


def run(method: Method, problem: Problem, task: Task) -> Answer:
    assert method.refuse(problem) is None
    with double_precision():
        return method.run(problem, task)


def error(answer: Answer, exact: Any) -> float:
    points = np.random.default_rng(109).uniform(0, 1, (3000, 2))
    with double_precision():
        found = answer.field.numeric(points)
        found = np.asarray(answer.field(jnp.asarray(points))) if found is None else found
    wanted = sp.lambdify((t, x), exact, "numpy")(*points.T)
    return float(np.linalg.norm(found[:, 0] - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("name", CASES)
def test_the_tolerance_is_met_and_the_certificate_is_above_the_error(name: str) -> None:
    method, (problem, exact), tol = CASES[name]
    answer = run(method, problem, Task(tol))
    assert answer.result is Result.SUCCESSFUL
    assert answer.certificate.kind == "estimate" and answer.certificate.verifies(tol)
    assert error(answer, exact) <= answer.certificate.relative


@pytest.mark.parametrize("name", CASES)
def test_a_smaller_tolerance_gives_a_smaller_error(name: str) -> None:
    method, (problem, exact), tol = CASES[name]
    loose, tight = (error(run(method, problem, Task(k * tol)), exact) for k in (8.0, 1.0))
    assert tight <= loose * 1.01


@pytest.mark.parametrize("name", CASES)
def test_a_budget_of_nothing_claims_nothing(name: str) -> None:
    method, (problem, _), tol = CASES[name]
    monitor = Monitor(Budget(seconds=1e-6))
    answer = run(method, problem, Task(tol, monitor=monitor))
    assert answer.result is Result.OUT_OF_BUDGET
    points = np.random.default_rng(113).uniform(0, 1, (50, 2))
    with double_precision():
        assert np.isfinite(np.asarray(answer.field(jnp.asarray(points)))).all()
