"""Gauss–Newton on the last layer alone."""

from __future__ import annotations

import pytest
import sympy as sp

from residuum._core import Monitor, OptionError, Result, double_precision
from residuum.fields import TensorChebyshev, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import HeadGaussNewton, Outcome
from residuum.objectives import Collocation, inferred
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    hard_conditions,
    parameter,
    scaling,
    space,
    unknown,
)

x = space("x")
w = unknown("w", x)


def train(problem: Problem, degree: int = 12) -> Outcome:
    with double_precision():
        sizes, hard = scaling(problem), hard_conditions(problem)
        built = TensorChebyshev(degree).build(frame_of(problem, sizes), 7)
        inside, around = Collocation(80).build(problem, sizes, hard, 7)
        begin = (constrain(built, problem, hard, sizes), inferred(problem))
        return HeadGaussNewton().train(begin, [*inside, *around], Monitor())


def test_a_linear_problem_needs_one_step() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), 6 * x), [dirichlet(w, x**3)])
    outcome = train(problem)
    assert outcome.result is Result.SUCCESSFUL
    # The lift x³ is the solution already, or one step finds it: to rounding either way.
    assert outcome.losses[-1] < 1e-20
    assert len(outcome.losses) <= 3


def test_newton_converges_on_a_nonlinear_problem() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), sp.exp(w)), [dirichlet(w, 0)])
    losses = train(problem).losses
    # Quadratic convergence: each of the first steps squares the loss, about.
    assert losses[2] < losses[1] ** 1.5
    assert losses[-1] < 1e-12 * losses[0]


def test_fields_without_a_last_layer_are_refused() -> None:
    problem = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), 1), [dirichlet(w, 0)])
    field = ExpressionField((x,), problem.coordinates)
    with pytest.raises(OptionError, match="last layer"):
        HeadGaussNewton().train((field, inferred(problem)), [], Monitor())


def test_unknown_numbers_are_refused() -> None:
    number = parameter("k", bounds=(0, 1))
    with pytest.raises(OptionError, match="k"):
        train(Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), number), [dirichlet(w, 0)]))


def test_wrong_options() -> None:
    with pytest.raises(OptionError):
        HeadGaussNewton(iterations=0)
