"""Orders in time of the schemes, and in space of evolving problems."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.elements import march
from residuum.discretise.time import BDF, ESDIRK4, TRBDF2
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    laplacian,
    neumann,
    unknown,
)
from tests.convergence._orders import orders, refined
from tests.discretise.elements._posed import LINE, errors, forced, interpolated, system_of, t, x

DOMAIN = Box(t=(0, 1), x=(0, 1))
u = unknown("u", t, x)


def heat(exact: Any, *, nonlinear: bool = False) -> Problem:
    left = u.diff(t) - div((1 + u**2 if nonlinear else 1) * grad(u) / 4)
    conditions = [
        initial(u, exact.subs(t, 0)),
        dirichlet(u, exact.subs(x, 0), on="x_min"),
        neumann(u, exact.diff(x).subs(x, 1), on="x_max"),
    ]
    return Problem(DOMAIN, forced(left, {u: exact}, (x,)), conditions)


def wave(exact: Any) -> Problem:
    conditions = [
        initial(u, exact.subs(t, 0)),
        initial_rate(u, exact.diff(t).subs(t, 0)),
        dirichlet(u, exact.subs(x, 0), on="x_min"),
        dirichlet(u, exact.subs(x, 1), on="x_max"),
    ]
    left = u.diff(t, 2) - laplacian(u)
    return Problem(DOMAIN, forced(left, {u: exact}, (x,)), conditions)


MOVING = (1 + x * (2 - x)) * sp.cos(3 * t)


def left_over(problem: Problem, scheme: Any, tol: float) -> float:
    """Return the largest error at the end on quadratic elements that hold the answer exactly."""
    system = system_of(problem, 2, 0.5, degree=8)
    with double_precision():
        found = march(system, tol=tol, scheme=scheme)
    assert found.result.ok
    size = system.space.sizes[0]
    return float(np.abs(found.states[-1] - interpolated(system, {u: MOVING}, 1.0))[:size].max())


@pytest.mark.parametrize(
    ("scheme", "order"), [(ESDIRK4, 4), (TRBDF2, 2)], ids=["esdirk4", "trbdf2"]
)
@pytest.mark.parametrize("kind", ["heat", pytest.param("wave", marks=pytest.mark.slow)])
def test_fixed_steps_show_the_order(scheme: Any, order: int, kind: str) -> None:
    problem = wave(MOVING) if kind == "wave" else heat(MOVING)
    # With such a tolerance no step is refused: the longest allowed is taken. Newton's method would
    # be as sloppy, so that only linear problems show the order this way.
    found = [left_over(problem, scheme(longest=1 / n), 0.9) for n in (16, 32, 64)]
    observed = orders(found)
    # Values given at the boundary act on stiff unknowns: the order of a stage may show instead.
    assert observed[-1] > order - 0.3, (found, observed)


@pytest.mark.parametrize("kind", ["heat", "nonlinear heat", "wave"])
def test_bdf_follows_its_tolerance(kind: str) -> None:
    problem = wave(MOVING) if kind == "wave" else heat(MOVING, nonlinear=kind != "heat")
    tolerances = (1e-3, 1e-5, 1e-7)
    found = [left_over(problem, BDF(), tol) for tol in tolerances]
    # Errors follow the tolerance with a power close to one; single pairs of runs scatter.
    observed = np.log10(found[0] / found[-1]) / 4
    assert 0.6 < observed < 1.4, (found, observed)
    assert found[-1] < 1e-5


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("kind", ["heat", pytest.param("wave", marks=pytest.mark.slow)])
def test_orders_in_space(order: int, kind: str) -> None:
    exact = sp.sin(3 * x) * sp.exp(-t) + x * t
    problem = heat(exact) if kind == "heat" else wave(exact)
    values = []
    for mesh in refined(mesh_of(LINE, 1 / 4), 3):
        system = system_of(problem, order, mesh, degree=2 * order + 3)
        with double_precision():
            found = march(system, tol=1e-7)
        state = np.concatenate([found.states[-1], np.zeros(system.size - system.space.size)])
        values.append(errors(system, state, exact, moment=1.0)[0])
    assert orders(values)[-1] == pytest.approx(order + 1, abs=0.25), values
