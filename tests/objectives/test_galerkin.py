"""Weak residuals in the dual norm."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, in_double_precision
from residuum.learning import GaussNewton
from residuum.objectives import Galerkin
from residuum.objectives._galerkin import lowest, test_functions
from residuum.problem import ExpressionField, scaling

x, y = rs.space("x", "y")
t = rs.time("t")
w, v, u = rs.unknown("w", x), rs.unknown("v", x, y), rs.unknown("u", t, x)
BOX = rs.Box(x=(0, 2), y=(0, 1))

CASES: dict[str, tuple[rs.Problem, sp.Expr]] = {
    "bar with a given slope": (
        rs.Problem(
            rs.Interval(0, 2),
            rs.Eq(-rs.div((1 + x) * rs.grad(w)), -sp.cos(x) + (1 + x) * sp.sin(x)),
            [rs.dirichlet(w, 0, on="x_min"), rs.neumann(w, sp.cos(2), on="x_max")],
        ),
        sp.sin(x),
    ),
    "rod in time": (
        rs.Problem(
            rs.Box(t=(0, 1), x=(0, 1)),
            rs.Eq(u.diff(t), u.diff(x, 2) + (sp.pi**2 - 1) * sp.exp(-t) * sp.sin(sp.pi * x)),
            [rs.initial(u, sp.sin(sp.pi * x)), rs.dirichlet(u, 0)],
        ),
        sp.exp(-t) * sp.sin(sp.pi * x),
    ),
    "plate that transports": (
        rs.Problem(
            BOX,
            rs.Eq(-rs.laplacian(v) + v.diff(x), 2 * x + y * (1 - y)),
            [rs.dirichlet(v, x * y * (1 - y))],
        ),
        x * y * (1 - y),
    ),
}


def size_of(problem: rs.Problem, exact: sp.Expr) -> float:
    field = ExpressionField((exact,), problem.coordinates)
    rows = Galerkin(tests=30, quadrature=900).rows(problem, scaling(problem), 7, 4, 30)
    return float(np.linalg.norm([np.asarray(item.residual(field)) for item in rows]))


@pytest.mark.parametrize("name", CASES)
@in_double_precision
def test_they_vanish_at_an_exact_solution_and_nowhere_else(name: str) -> None:
    problem, exact = CASES[name]
    # Gauss points in cells: exact to degree seven per cell, smooth functions beyond.
    assert size_of(problem, exact) < 1e-5
    assert size_of(problem, exact * 1.1 + 0.01) > 1e-3


@in_double_precision
def test_the_sum_of_squares_is_the_dual_norm() -> None:
    # -w'' = f on (0, 2): the residual of w + e is ∫ e'v', whose dual norm in ∫ h²v'² + v² is known
    # for a sine, h = 1: (k²)/√(k² + 1) times the norm of the sine.
    k = sp.pi / 2
    problem = rs.Problem(rs.Interval(0, 2), rs.Eq(-w.diff(x, 2), 0), [rs.dirichlet(w, 0)])
    field = ExpressionField((sp.sin(k * x),), problem.coordinates)
    sizes = scaling(problem)
    (rows,) = Galerkin().rows(problem, sizes, 7, 0, 12)
    speed = float(k)
    # Means over the domain: the mean of sin² is a half.
    wanted = speed**2 / np.sqrt(speed**2 + 1) * np.sqrt(0.5) / sizes.residuals[0]
    # A sine lies in the span of twelve polynomials to 1e-9.
    found = float(jnp.linalg.norm(rows.residual(field)))
    assert found == pytest.approx(wanted, rel=1e-6)


@in_double_precision
def test_test_functions_vanish_where_values_are_given() -> None:
    problem, _ = CASES["bar with a given slope"]
    ends = np.array([[0.0], [2.0]])
    values, _ = test_functions(problem, scaling(problem), 0, ends, 5)
    assert np.abs(values[:, 0]).max() == 0 and np.abs(values[:, 1]).min() > 0.1
    assert lowest(2, 4) == [(0, 0), (0, 1), (1, 0), (0, 2)]


@pytest.mark.slow
def test_the_weak_form_works_where_the_strong_one_fails() -> None:
    """The characteristic claim: -(a w')' = 10 with a of two phases."""
    a = rs.coefficient("a", x)
    phases = ((np.array([0.0, 0.5, 1.0]),), np.array([5.0, 10.0]))
    problem = rs.Problem(
        rs.Interval(0, 1),
        rs.Eq(-rs.div(a * rs.grad(w)), 10),
        [rs.dirichlet(w, 0)],
        given={"a": phases},
    )
    at = np.linspace(0, 1, 101)
    # a w' = c - 10 x with c from w(1) = 0.
    c = 10 * (0.125 / 5 + 0.375 / 10) / (0.5 / 5 + 0.5 / 10)
    left = (c * at - 5 * at**2) / 5
    right = (c * 0.5 - 1.25) / 5 + (c * (at - 0.5) - 5 * (at**2 - 0.25)) / 10
    exact = np.where(at < 0.5, left, right)
    errors = []
    for objective in (None, Galerkin(tests=40, quadrature=400)):
        few = rs.ResidualAdaptive(count=400, pool=2000)
        method = rs.PINN(rs.MLP(12, 2), GaussNewton(iterations=80), few, objective=objective)
        answer = rs.solve(problem, method, refine=None, progress=False)
        errors.append(np.linalg.norm(answer(x=at) - exact) / np.linalg.norm(exact))
    # Strong: the flux does not see the jump, 9.5e-2; weak: 2e-4 with 120 iterations.
    assert errors[0] > 0.05 and errors[1] < 0.05 * errors[0]


@pytest.mark.parametrize(
    ("equation", "reason"),
    [
        (rs.Eq(u.diff(t, 2), u.diff(x, 2)), "second time derivative"),
        (rs.Eq(u.diff(t), u.diff(x, 2) ** 3), "no weak form"),
    ],
)
def test_what_has_no_weak_form_is_refused_with_the_reason(equation: Any, reason: str) -> None:
    begin = [rs.initial(u, 0)]
    if equation.left.has(u.diff(t, 2)):
        begin.append(rs.initial_rate(u, 0))
    problem = rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), equation, [*begin, rs.dirichlet(u, 0)])
    told = Galerkin().refuse(problem)
    assert told is not None and reason in told
    with pytest.raises(rs.ResiduumError, match=reason):
        rs.solve(problem, rs.PINN(objective=Galerkin()))


def test_wrong_options() -> None:
    with pytest.raises(OptionError, match="more points"):
        Galerkin(tests=10, quadrature=5)
