"""The error of any answer from the statement alone: against exact errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Monitor, OptionError, double_precision
from residuum.certify import ErrorEquation, certify
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, laplacian, space, unknown

from ._flows import guess, heat, steady, t, wave, x, y, z

SMALL = sp.Rational(1, 1000)


def relative(wrong: Any, exact: Any, *box: tuple[Any, float, float]) -> float:
    """Return the exact relative L2 error by symbolic integration."""
    part = [sp.integrate(sp.expand(f**2), *box) for f in (wrong - exact, exact)]
    return float(sp.sqrt(part[0] / part[1]))


def test_error_of_a_wrong_decay_and_a_wrong_start_is_found() -> None:
    problem, exact = heat()
    wrong = exact * (1 + SMALL * (1 + t))
    found = ErrorEquation(modes=8, slabs=2).measure(guess(problem, wrong))
    full = (0, 2 * sp.pi)
    true = relative(wrong, exact, (t, 0, 1), (x, *full), (y, *full), (z, *full))
    # The problem is linear: what is left is the gain of the Krylov method, 5 %.
    assert found.error.relative == pytest.approx(true, rel=0.05)
    assert found.start == pytest.approx(1e-3 * np.sqrt(np.pi**3), rel=1e-6)


def test_second_order_in_time() -> None:
    problem, exact = wave()
    wrong = exact + SMALL * t**2 * sp.sin(x)
    found = ErrorEquation(modes=16, slabs=8).measure(guess(problem, wrong))
    true = relative(wrong, exact, (t, 0, 2), (x, 0, 2 * sp.pi))
    assert found.error.relative == pytest.approx(true, rel=0.05)


def test_steady_error_is_found_to_first_order() -> None:
    problem, exact = steady()
    wrong = exact + SMALL * sp.cos(2 * x)
    found = ErrorEquation(modes=16).measure(guess(problem, wrong))
    true = relative(wrong, exact, (x, 0, 2 * sp.pi), (y, 0, 2 * sp.pi))
    # What is left is quadratic in 1e-3.
    assert found.error.relative == pytest.approx(true, rel=0.01)


def test_it_is_a_certifier() -> None:
    problem, exact = steady()
    answer = guess(problem, exact + SMALL * sp.cos(2 * x))
    found = certify(answer, by=ErrorEquation())
    assert found.kind == "estimate"
    assert found.relative == pytest.approx(np.sqrt(2) * 1e-3, rel=0.01)
    assert certify(answer, norm="max", by=ErrorEquation()).kind == "none"


def test_default_grid_resolves_the_answer() -> None:
    problem, exact = heat()
    answer = guess(problem, exact * (1 + SMALL * sp.cos(t)))
    with double_precision():
        found = ErrorEquation().certify(answer, "L2", Monitor())
    assert "24x24x24 modes and 16 slabs" in str(found)


def test_walls_are_refused() -> None:
    v = unknown("v", *space("x", "y"))
    problem = Problem(Box(x=(0, 1), y=(0, 1)), Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    answer = guess(problem, 0)
    reason = ErrorEquation().refuse(answer, "L2")
    assert reason is not None and "periodic" in reason
    with pytest.raises(OptionError):
        ErrorEquation().measure(answer)
    with pytest.raises(OptionError):
        ErrorEquation(modes=4)
