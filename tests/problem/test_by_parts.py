"""Integration by parts: integrated over a region, both sides of it are equal."""

from __future__ import annotations

import pytest
import sympy as sp

from residuum.geometry import Box
from residuum.problem import (
    Eq,
    NoWeakForm,
    Problem,
    dirichlet,
    div,
    grad,
    laplacian,
    space,
    unknown,
)
from residuum.problem._by_parts import filled, gradients, scalars, split

x, y = space("x", "y")
u = unknown("u", x, y)
SQUARE = Box(x=(0, 1), y=(0, 1))
TERMS = (
    div((1 + x) * grad(u)),
    laplacian(u),
    (1 + x * y) * u.diff(x, 2),
    sp.exp(x) * u.diff(x, y),
    y * div(x * grad(u)) + u * u.diff(y),
)


def integral(expression: sp.Expr) -> sp.Expr:
    return sp.integrate(sp.expand(expression), (x, 0, 1), (y, 0, 1))


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_integral_against_a_bump_is_unchanged(term: sp.Expr) -> None:
    # The bump vanishes on the boundary, so nothing is left there.
    bump, exact = (x * (1 - x) * y * (1 - y)) ** 2, x**2 * y + x * y**3
    problem = Problem(SQUARE, Eq(term + laplacian(u), 0), [dirichlet(u, 0)])
    strong = problem.residuals[0].subs(u, exact).doit()
    (sides,) = scalars(problem, problem.equations[0])
    part = filled(problem, split(problem, *sides))
    weak = part.source.subs(u, exact).doit() * bump
    for flux, c in zip(part.flux, (x, y), strict=True):
        weak += flux.subs(u, exact).doit() * sp.diff(bump, c)
    assert abs(float((integral(strong * bump) - integral(weak)).evalf())) < 1e-14


def test_no_second_derivative_is_left() -> None:
    problem = Problem(SQUARE, Eq(x * u.diff(x, 2) + u.diff(y, 2), 1), [dirichlet(u, 0)])
    (sides,) = scalars(problem, problem.equations[0])
    part = split(problem, *sides)
    every = [a for item in (part.source, *part.flux) for a in gradients(problem, item)]
    assert every and all(len(a.variables) == 1 for a in every)


def test_third_derivatives_are_refused() -> None:
    z = space("z")
    w = unknown("w", z)
    with pytest.warns(UserWarning, match="few"):
        problem = Problem(Box(z=(0, 1)), Eq(w.diff(z, 4), 1), [dirichlet(w, 0)])
    (sides,) = scalars(problem, problem.equations[0])
    with pytest.raises(NoWeakForm, match="system"):
        split(problem, *sides)
