"""Steps in time judged apart: their gap is above their error, and they are judged once per mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Budget, Monitor, Result, double_precision
from residuum.discretise.elements import Levels, Steps
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    initial_rate,
    laplacian,
    unknown,
    weak_form,
)
from tests.discretise.elements._posed import t, x

u: Any = unknown("u", t, x)
ROD = Box(t=(0, 1), x=(0, 1))
# Quadratic in space: elements hold it, and what is left is the error of the steps.
EXACT = sp.cos(5 * t) * x * (1 - x)


def waving() -> Steps:
    """Return a wave over which collocation takes the same few steps for many tolerances."""
    exact = sp.cos(sp.pi * t) * sp.sin(sp.pi * x)
    conditions = [initial(u, exact.subs(t, 0)), initial_rate(u, 0), dirichlet(u, 0)]
    problem = Problem(ROD, Eq(u.diff(t, 2), laplacian(u)), conditions)
    return Steps(Levels(problem, weak_form(problem), 3, None, False, Monitor()), 1e-3, 1e-3)


def steps(wanted: float, tol: float, monitor: Monitor | None = None) -> Steps:
    source = sp.diff(EXACT, t) - sp.diff(EXACT, x, 2)
    conditions = [initial(u, EXACT.subs(t, 0)), dirichlet(u, 0)]
    problem = Problem(ROD, Eq(u.diff(t) - laplacian(u), source), conditions)
    levels = Levels(problem, weak_form(problem), 2, None, False, monitor or Monitor())
    return Steps(levels, wanted, tol)


@pytest.mark.parametrize("wanted", [1e-3, 1e-5])
def test_what_two_tolerances_differ_by_is_above_the_error(wanted: float) -> None:
    made = steps(wanted, 1e-2)
    with double_precision():
        level = made.solve(mesh_of(Box(x=(0, 1)), 0.25), None, 0)
    assert level.result is Result.SUCCESSFUL and made.on is level
    assert made.gap is not None and made.gap.relative <= wanted
    points = np.random.default_rng(29).uniform(0, 1, (2000, 2))
    found = level.field.numeric(points)
    assert found is not None
    exact = sp.lambdify((t, x), EXACT, "numpy")(*points.T)
    error = np.linalg.norm(found[:, 0] - exact) / np.linalg.norm(exact)
    assert error <= made.gap.relative
    assert f"{made.gap.relative:.1e}" in str(made)


def test_steps_are_judged_again_only_on_a_much_finer_mesh() -> None:
    made = steps(1e-3, 1e-3)
    history = made.levels.monitor.record.history
    assert str(made) == "steps in time not judged"
    with double_precision():
        for size, count in ((0.25, 1), (0.1, 1), (0.01, 2)):
            made.solve(mesh_of(Box(x=(0, 1)), size), None, 0)
            assert len(history["agreement in time"]) == count, size


def test_steps_of_the_same_length_are_no_comparison() -> None:
    made = waving()
    with double_precision():
        level = made.solve(mesh_of(Box(x=(0, 1)), 1 / 64), None, 0)
    points = np.random.default_rng(29).uniform(0, 1, (2000, 2))
    found = level.field.numeric(points)
    assert found is not None and made.gap is not None
    exact = np.cos(np.pi * points[:, 0]) * np.sin(np.pi * points[:, 1])
    # Cubic elements on 64 cells are off by 3e-9: what is left is the error of the steps.
    assert 1e-8 < np.linalg.norm(found[:, 0] - exact) / np.linalg.norm(exact) <= made.gap.relative


def test_at_the_least_tolerance_two_marches_still_differ() -> None:
    made = waving()
    made.wanted, made.tol = 1e-13, 1e-12
    with double_precision():
        level = made.solve(mesh_of(Box(x=(0, 1)), 1 / 8), None, 0)
    # The same tolerance twice took the same 146 steps: a distance of exactly zero.
    assert level.result is Result.SUCCESSFUL and made.gap is not None
    assert 1e-15 < made.gap.relative < 1e-11


def test_steps_that_no_tolerance_shortens_are_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    made = steps(1e-3, 1e-2)
    counts = []
    solve = Levels.solve

    def counted(self: Levels, *given: Any, **options: Any) -> Any:
        found = solve(self, *given, **{**options, "tol": 1e-2})  # deaf to tolerances
        counts.append(len(found.field.knots) - 1)
        return found

    monkeypatch.setattr(Levels, "solve", counted)
    with double_precision():
        made.solve(mesh_of(Box(x=(0, 1)), 0.25), None, 0)
    assert counts[0] == counts[1] and counts[-1] >= 2 * counts[0]
    assert made.gap is not None and made.gap.relative > 0


def test_a_march_that_fails_is_handed_back() -> None:
    made = steps(1e-6, 1e-4, Monitor(Budget(seconds=1e-3)))
    with double_precision():
        level = made.solve(mesh_of(Box(x=(0, 1)), 0.25), None, 0)
    assert level.result is Result.OUT_OF_BUDGET and made.gap is None
