"""Solving for what a field lacks: steady, in time, with a pressure."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.elements import Defect, Defects, sizes
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    unknown,
    weak_form,
)
from residuum.problem import div as divergence
from tests.discretise.elements._posed import SQUARE, around, forced, t, v, x, y

u = unknown("u", t, x)
MOMENT = Box(t=(0, sp.Rational(1, 2)), x=(0, 1))


def two(problem: Problem, *guess: Any, size: float) -> tuple[Defect, Defect]:
    """Return what a guess lacks on two meshes, the finer one first."""
    with double_precision():
        field = ExpressionField(tuple(sp.sympify(g) for g in guess), problem.coordinates)
        defects = Defects(problem, weak_form(problem), field)
        assert problem.shape is not None
        mesh = mesh_of(problem.shape, size)
        coarse = defects.solve(mesh)
        return defects.solve(mesh.refined(), coarse, number=1), coarse


def norm(expression: Any) -> float:
    """Return the L2 norm over the moment in time and space, by midpoints."""
    times = (np.arange(200) + 0.5) / 400
    places = (np.arange(200) + 0.5) / 200
    values = sp.lambdify((t, x), expression)(*np.meshgrid(times, places, indexing="ij"))
    return float(np.sqrt(np.mean(np.broadcast_to(values, (200, 200)) ** 2) / 2))


def test_a_steady_error_and_its_norms() -> None:
    exact, wrong = sp.sin(3 * x) * sp.cosh(3 * y), x * (1 - x) * sp.exp(y)
    problem = Problem(SQUARE, Eq(-laplacian(v), 0), around(v, exact, SQUARE))
    fine, coarse = two(problem, exact - wrong, size=0.25)
    assert fine.result.ok and coarse.result.ok
    with double_precision():
        found = sizes(fine, coarse)
    # ∫ x²(1 - x)² = 1/30, ∫ exp(2y) = (e² - 1)/2; cubic elements are right to 1e-5 on this mesh.
    assert np.isclose(found["L2"].error[0], np.sqrt((np.e**2 - 1) / 60), rtol=1e-4)
    assert np.isclose(found["max"].error[0], np.e / 4, rtol=0.02)  # read at quadrature points
    assert found["L2"].gap[0] < 1e-3 * found["L2"].error[0]
    whole = found["L2"].relative(found["L2"].value)
    assert whole[0] == 1.0


def test_a_wrong_start_decays_as_the_heat_equation_says() -> None:
    mode = sp.exp(-(sp.pi**2) * t / 10) * sp.sin(sp.pi * x)
    heat = Problem(
        MOMENT,
        Eq(u.diff(t), divergence(grad(u) / 10)),
        [initial(u, sp.sin(sp.pi * x)), dirichlet(u, 0)],
    )
    # The guess obeys the equation from a start that is too large: only the start tells.
    fine, coarse = two(heat, sp.Rational(6, 5) * mode, size=0.1)
    with double_precision():
        found = sizes(fine, coarse)["L2"]
    assert np.isclose(found.error[0], 0.2 * norm(mode), rtol=0.01)
    assert np.isclose(found.value[0], norm(mode), rtol=0.01)
    assert found.gap[0] < 0.02 * found.error[0]


def test_a_nonlinear_error_in_time_is_not_linearised() -> None:
    exact = sp.exp(-t) * sp.sin(sp.pi * x)
    left = u.diff(t) + u * u.diff(x) - divergence(grad(u) / 20)
    equation = forced(left, {u: exact}, (x,))
    conditions = [initial(u, exact.subs(t, 0)), dirichlet(u, 0)]
    wrong = sp.sin(3 * t) * sp.sin(2 * sp.pi * x)  # as large as the solution itself
    fine, coarse = two(Problem(MOMENT, equation, conditions), exact + wrong, size=0.08)
    with double_precision():
        found = sizes(fine, coarse)["L2"]
    assert np.isclose(found.error[0], norm(wrong), rtol=0.02)


def test_a_wave_has_its_rate_measured() -> None:
    exact = sp.sin(sp.pi * x) * sp.cos(sp.pi * t)
    wave = Problem(
        MOMENT,
        Eq(u.diff(t, 2), divergence(grad(u))),
        [initial(u, sp.sin(sp.pi * x)), initial_rate(u, 0), dirichlet(u, 0)],
    )
    # The rate of the guess is wrong at the start, and so is its value at an end.
    wrong = t * sp.sin(sp.pi * x) + t**2 * x
    fine, coarse = two(wave, exact + wrong, size=0.1)
    with double_precision():
        found = sizes(fine, coarse)["L2"]
    assert found.error.shape == (1,)
    assert np.isclose(found.error[0], norm(wrong), rtol=0.02)


def test_a_flow_in_time_lacks_what_was_taken_away() -> None:
    a, b, p = unknown("a", "b", "p", t, x, y)
    exact = {a: y * (1 - y) * (1 + t), b: sp.Integer(0), p: 1 - x / 2}
    box = Box(t=(0, sp.Rational(1, 4)), x=(0, 1), y=(0, 1))
    equations = [
        forced(a.diff(t) + a * a.diff(x) + p.diff(x) - laplacian(a) / 5, exact, (x, y)),
        forced(b.diff(t) + a * b.diff(x) + p.diff(y) - laplacian(b) / 5, exact, (x, y)),
        Eq(divergence([a, b]), 0),
    ]
    conditions = [c for w in (a, b) for c in around(w, exact[w], SQUARE)]
    conditions += [initial(w, exact[w].subs(t, 0)) for w in (a, b)]
    problem = Problem(box, equations, [*conditions, integral(p, sp.Rational(3, 4))])
    wrong = {a: t * x / 3, b: t * y / 2, p: t * x + 4}
    guess = [exact[w] + wrong[w] for w in problem.unknowns]
    fine, coarse = two(problem, *guess, size=0.4)
    with double_precision():
        found = sizes(fine, coarse)["L2"]
    wanted = []
    for w in problem.unknowns:
        square = sp.integrate(wrong[w] ** 2, (t, 0, sp.Rational(1, 4)), (x, 0, 1), (y, 0, 1))
        wanted.append(float(sp.sqrt(square)))
    # The error is a polynomial of order two in space: what is left is that of the steps, below 1 %.
    assert np.allclose(found.error, wanted, rtol=0.02)
