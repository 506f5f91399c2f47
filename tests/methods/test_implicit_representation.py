"""Classical steps in time, a network in space."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, Result, UnsuitableMethod
from residuum._solve import solve
from residuum.fields import MLP, NetworkSteps
from residuum.geometry import Box
from residuum.methods import ImplicitRepresentation
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    initial_rate,
    periodic,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u = unknown("u", t, x)
w = unknown("w", x)


def ring(end: float = 1.0) -> Problem:
    conditions = [initial(u, sp.exp(sp.sin(x))), periodic(u, "x")]
    return Problem(Box(t=(0, end), x=(0, 2 * np.pi)), Eq(u.diff(t) + u.diff(x), 0), conditions)


def error(steps: int) -> float:
    method = ImplicitRepresentation(MLP(10, 1), steps=steps, points=200)
    answer = solve(ring(), method, refine=None, progress=False)
    assert isinstance(answer.field, NetworkSteps) and len(answer.field.knots) == steps + 1
    at = np.column_stack([np.ones(100), np.linspace(0, 2 * np.pi, 100)])
    return float(answer.error(lambda p: np.exp(np.sin(p[:, 1] - p[:, 0])), at))


@pytest.mark.slow
def test_the_error_falls_with_the_square_of_the_step() -> None:
    coarse, fine = error(4), error(8)
    # Second order: a factor of four, up to what the fits add.
    assert fine < coarse / 3
    assert fine < 2e-2


def test_boundaries_are_met_by_weight() -> None:
    conditions = [initial(u, sp.sin(sp.pi * x)), dirichlet(u, 0)]
    heat = Problem(Box(t=(0, 0.1), x=(0, 1)), Eq(u.diff(t), u.diff(x, 2)), conditions)
    method = ImplicitRepresentation(MLP(10, 1), steps=8, points=200)
    answer = solve(heat, method, refine=None, progress=False)
    end = np.column_stack([np.full(50, 0.1), np.linspace(0, 1, 50)])
    exact = np.exp(-0.1 * np.pi**2) * np.sin(np.pi * end[:, 1])
    assert answer.error(lambda _: exact, end) < 1e-2


def test_a_spent_budget_holds_the_last_state() -> None:
    method = ImplicitRepresentation(MLP(6, 1), steps=500, points=100)
    answer = solve(ring(), method, refine=None, progress=False, budget=1e-2)
    assert answer.result is Result.OUT_OF_BUDGET
    assert np.isfinite(answer(t=1.0, x=1.0))


def test_what_has_no_steps_is_refused() -> None:
    bar = Problem(Box(x=(0, 1)), Eq(w.diff(x, 2), 1), [dirichlet(w, 0)])
    with pytest.raises(UnsuitableMethod, match="need both"):
        solve(bar, ImplicitRepresentation())
    conditions = [initial(u, sp.sin(x)), initial_rate(u, 0), periodic(u, "x")]
    box = Box(t=(0, 1), x=(0, 2 * np.pi))
    wave = Problem(box, Eq(u.diff(t, 2), u.diff(x, 2)), conditions)
    with pytest.raises(UnsuitableMethod, match="second order"):
        solve(wave, ImplicitRepresentation())


@pytest.mark.parametrize("options", [{"steps": 0}, {"points": 0}, {"weight": 0.0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        ImplicitRepresentation(**options)
