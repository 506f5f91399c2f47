"""The linearised residual minimised in the dual norm; Newton's method on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Result, double_precision
from residuum.certify import DualSystem
from residuum.discretise.spectral import periodic_axes
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, grad, initial, periodic, space, time, unknown

t, x = time("t"), space("x")
u: Any = unknown("u", t, x)
KNOTS = np.linspace(0, 1, 5)


def burgers(speed: float = 1.0) -> Problem:
    return Problem(
        Box(t=(0, 1), x=(0, 2 * np.pi)),
        Eq(u.diff(t) + speed * div(u**2 / 2), div(0.1 * grad(u))),
        [initial(u, sp.sin(x)), periodic(u, x)],
    )


def system(problem: Problem) -> DualSystem:
    return DualSystem(problem, periodic_axes(problem, 32), KNOTS, stages=5)


def held(made: DualSystem) -> tuple[np.ndarray, np.ndarray]:
    start = made.form.modes.start()
    return np.broadcast_to(start, made.form.shape).copy(), start


def test_size_is_the_integral_of_the_squared_norm() -> None:
    with double_precision():
        made = system(burgers())
        states, _ = held(made)
        size = made.size(states)
        norm = made.norm.of_modes(states[0, 0])
    # Constant in time over an interval of length one.
    assert abs(size - norm) < 1e-12 * norm


def test_linear_problems_take_one_step_without_krylov_vectors_to_spare() -> None:
    with double_precision():
        made = system(burgers(0.0))
        states, start = held(made)
        left, slope = made.linearised(states, start)
        change, count = made.solve(slope, -left, gain=1e-8)
        size = made.size(made.residual(states + change, start))
    assert count == 1  # the preconditioner is the inverse
    assert size < 1e-10 * made.size(left)


def test_each_solve_lowers_the_linearised_residual_as_asked() -> None:
    with double_precision():
        made = system(burgers())
        states, start = held(made)
        left, slope = made.linearised(states, start)
        change, _ = made.solve(slope, -left, gain=1e-3)
        rest = left + np.asarray(made.form.push(slope, change, made.zero, made.form.numbers))
    assert made.size(rest) <= 1.001e-3 * made.size(left)


def test_change_of_the_start_is_carried() -> None:
    with double_precision():
        made = system(burgers())
        states, start = held(made)
        first = 1e-6 * made.form.modes.waves.modes(np.cos(made.norm.waves.axes[0].nodes))[None]
        begin = made.newton(states, start, steps=8, go_on=lambda: True)[0]
        other = made.newton(states, start + first, steps=8, go_on=lambda: True)[0]
        left, slope = made.linearised(begin, start)
        found, _ = made.solve(slope, 0 * left, first=first, gain=1e-4)
    # To first order in 1e-6.
    assert np.abs(other - begin - found).max() < 1e-3 * np.abs(found).max()


def test_newton_reaches_the_solution_and_says_how_it_ended() -> None:
    with double_precision():
        made = system(burgers())
        states, start = held(made)
        first = made.size(made.residual(states, start))
        found, size, result = made.newton(states, start, steps=10, go_on=lambda: True)
        _, _, short = made.newton(states, start, steps=1, go_on=lambda: True)
        _, _, stopped = made.newton(states, start, steps=10, go_on=lambda: False)
    assert result is Result.SUCCESSFUL
    assert size < 1e-8 * first
    assert np.isfinite(found).all()
    assert short is Result.STAGNATED
    assert stopped is Result.OUT_OF_BUDGET
