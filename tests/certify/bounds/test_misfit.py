"""The statement that the error of a smooth field obeys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Monitor, Result, double_precision
from residuum.certify.bounds._misfit import misfit
from residuum.discretise.elements import Levels
from residuum.discretise.elements._integrand import Integrand, Place
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    Solution,
    coefficient,
    dirichlet,
    grad,
    neumann,
    unknown,
    vector,
    weak_form,
)
from residuum.problem import div as divergence
from residuum.problem._pointwise import known_functions
from tests.certify.bounds._manufactured import X, Y

SQUARE = Box(x=(0, 1), y=(0, 1))
U, V = unknown("u", "v", X, Y)
EXACT = {U: X**2 * Y + 1, V: X * Y - Y**2}
WRONG = {U: X * Y**2 / 7, V: X**2 / 5 - Y / 3}


def elastic() -> Problem:
    def rows(a: Any, b: Any) -> list[Any]:
        spread, shear = a.diff(X) + b.diff(Y), a.diff(Y) + b.diff(X)
        return [
            vector(spread + 2 * a.diff(X), (1 + X) * shear),
            vector((1 + X) * shear, spread + 2 * b.diff(Y)),
        ]

    loads = [divergence(row).doit() for row in rows(EXACT[U], EXACT[V])]
    equations = [Eq(-divergence(row), -load) for row, load in zip(rows(U, V), loads, strict=True)]
    return Problem(SQUARE, equations, [dirichlet(U, EXACT[U]), dirichlet(V, EXACT[V])])


def answer(problem: Problem, *values: Any) -> Solution:
    field = ExpressionField(tuple(map(sp.sympify, values)), problem.coordinates)
    return Solution(problem, field, Result.SUCCESSFUL)


@pytest.mark.parametrize("size", [1.0, 1e-12])
def test_its_solution_is_the_error_however_small(size: float) -> None:
    problem = elastic()
    values = [EXACT[w] - size * WRONG[w] for w in problem.unknowns]
    with double_precision():
        posed = misfit(answer(problem, *values))
        assert posed is not None
        mesh = mesh_of(SQUARE, 0.5)
        levels = Levels(posed, weak_form(posed), 3, None, False, Monitor())
        found = levels.solve(mesh, None, tol=1.0, number=0)
    # Cubic elements hold the error; what is left is rounding in v, whose second derivatives are 2.
    points = np.random.default_rng(31).uniform(0, 1, (200, 2))
    wanted = [sp.lambdify((X, Y), WRONG[w], "numpy")(*points.T) for w in problem.unknowns]
    rounding = 1e-8 if size == 1.0 else 1e-2
    np.testing.assert_allclose(
        found.field.numeric(points) / size, np.stack(wanted, axis=1), atol=rounding
    )


def test_values_and_derivatives_are_those_of_the_field() -> None:
    problem = elastic()
    with double_precision():
        posed = misfit(answer(problem, X**3 * Y, sp.sin(X * Y)))
        assert posed is not None
        form = weak_form(posed)
        first = posed.conditions[0].value
        points = np.random.default_rng(37).uniform(0, 1, (2, 3, 4))
        wanted = (first, sp.diff(first, X), sp.diff(first, Y))
        found = Integrand(form, wanted, known_functions(posed), {}).values(Place(points), {})
    x, y = points
    np.testing.assert_allclose(found[0], x**2 * y + 1 - x**3 * y, rtol=1e-12)
    np.testing.assert_allclose(found[1], 2 * x * y - 3 * x**2 * y, atol=1e-12)
    np.testing.assert_allclose(found[2], x**2 - x**3, atol=1e-12)


def test_what_it_is_not_stated_for() -> None:
    w = unknown("w", X, Y)
    load = Eq(-divergence(grad(w)), 1)
    free = Problem(
        SQUARE,
        load,
        [*(dirichlet(w, 0, on=p) for p in SQUARE.parts[:3]), neumann(w, 0, on=SQUARE.parts[3])],
    )
    assert misfit(answer(free, X)) is None
    held = Problem(SQUARE, load, [dirichlet(w, 0)])
    assert misfit(answer(held, X)) is not None
    assert misfit(answer(held, sp.Abs(X - Y))) is None
    stepped = Problem(
        SQUARE, Eq(-divergence(sp.Heaviside(X - 0.5) * grad(w) + grad(w)), 1), [dirichlet(w, 0)]
    )
    assert misfit(answer(stepped, X)) is None
    a = coefficient("a", X, Y)
    given = Problem(
        SQUARE, Eq(-divergence(a * grad(w)), 1), [dirichlet(w, 0)], given={a: lambda x, y: 1 + x}
    )
    assert misfit(answer(given, X)) is None
