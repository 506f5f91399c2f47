"""One level: orders, a start from the last one, where to refine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import Budget, Monitor, Result, double_precision
from residuum.discretise.elements._level import Levels
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    integral,
    laplacian,
    unknown,
    vector,
    weak_form,
)
from tests.discretise.elements._posed import CUBE, SQUARE, t, v, x, y, z


def levels(problem: Problem, order: int | None = None, *, adapt: bool = True) -> Levels:
    return Levels(problem, weak_form(problem), order, None, adapt, Monitor())


def test_orders_are_those_there_are_and_one_less_for_a_pressure() -> None:
    q = unknown("q", x, y, z)
    a, b, p = unknown("a", "b", "p", x, y)
    solid = Problem(CUBE, Eq(-laplacian(q), 1), [dirichlet(q, 0)])
    assert levels(solid).orders(mesh_of(CUBE, 0.6)) == (2,)
    equations = [Eq(-laplacian(vector(a, b)) + grad(p), vector(1, 0)), Eq(div(vector(a, b)), 0)]
    flow = Problem(SQUARE, equations, [dirichlet(a, 0), dirichlet(b, 0), integral(p)])
    assert levels(flow, 1).orders(mesh_of(SQUARE, 0.5)) == (2, 2, 1)
    assert levels(flow).orders(mesh_of(SQUARE, 0.5)) == (3, 3, 2)


def test_newton_starts_from_the_coarser_answer() -> None:
    problem = Problem(SQUARE, Eq(-div((1 + v**2) * grad(v)), 50), [dirichlet(v, 0)])
    made = levels(problem, 2)
    coarse, fine = (mesh_of(SQUARE, size) for size in (0.2, 0.1))
    with double_precision():
        first = made.solve(coarse, None, tol=1e-3, number=0)
        counts = made.monitor.record.evaluations
        before = counts["newton"]
        second = made.solve(fine, first, tol=1e-3, number=1)
        warm = counts["newton"] - before
        other = levels(problem, 2)
        other.solve(fine, None, tol=1e-3, number=0)
    assert first.result is second.result is Result.SUCCESSFUL
    assert warm < other.monitor.record.evaluations["newton"]
    assert second.indicator is not None and second.indicator.shape == (len(fine.cells),)
    assert str(second).startswith(f"{len(fine.cells)} cells, {second.unknowns} unknowns")


@pytest.mark.parametrize("adapt", [True, False])
def test_nothing_is_marked_unless_asked(adapt: bool) -> None:
    problem = Problem(SQUARE, Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    with double_precision():
        found = levels(problem, adapt=adapt).solve(mesh_of(SQUARE, 0.3), None, tol=1e-3, number=0)
    assert (found.indicator is not None) is adapt


def test_an_evolution_that_stops_early_says_where() -> None:
    u: Any = unknown("u", t, x)
    box = Box(t=(0, 1), x=(0, 1))
    problem = Problem(
        box, Eq(u.diff(t), laplacian(u) + 50 * u**2), [initial(u, 3 * x * (1 - x)), dirichlet(u, 0)]
    )
    with double_precision():
        found = levels(problem, 1).solve(mesh_of(Box(x=(0, 1)), 0.1), None, tol=1e-3, number=0)
    assert not found.result.ok and any("t =" in note for note in found.notes)
    assert np.isfinite(found.field.numeric(np.array([[0.9, 0.5]]))).all()


def test_a_march_ends_before_its_steps_fill_the_memory() -> None:
    w = unknown("w", t, x, y)
    problem = Problem(
        SQUARE.over(t=(0, 1)), Eq(w.diff(t), laplacian(w)), [initial(w, 1), dirichlet(w, 1 + t)]
    )
    mesh = mesh_of(SQUARE, 0.5)
    small = Monitor(Budget(memory_mb=0.02))
    with double_precision():
        made = Levels(problem, weak_form(problem), 2, None, False, small)
        found = made.solve(mesh, None, tol=1e-6, number=0)
    assert found.result is Result.OUT_OF_BUDGET
    assert "only reached t =" in found.notes[0] and "fill half of" in found.notes[1]
