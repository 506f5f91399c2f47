"""Steady equations on a few functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Budget, Monitor, Record, Result
from residuum.discretise.elements import (
    Levels,
    Projection,
    System,
    solve_projected,
    solve_steady,
    stable_pressures,
)
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import Eq, Problem, dirichlet, space, unknown, weak_form

x = space("x")
w = unknown("w", x)


def system_of(equation: Any, wall: Any) -> System:
    line = Box(x=(0, 1))
    bar = Problem(line, equation, [dirichlet(w, wall)])
    monitor = Monitor(Budget(), Record())
    levels = Levels(bar, weak_form(bar), None, None, False, monitor)
    return levels.system(mesh_of(line, 0.1))


def every(system: System) -> Projection:
    """Return a basis of all free numbers: the projection is then the system itself."""
    turned = np.linalg.qr(np.random.default_rng(2).normal(size=(len(system.free),) * 2))[0]
    return Projection([turned])


def test_with_all_functions_the_answer_is_that_of_elements() -> None:
    for equation in (
        Eq(-w.diff(x, 2), sp.exp(x)),
        Eq(-w.diff(x, 2) + w**3 + w * w.diff(x), sp.exp(x)),
    ):
        system = system_of(equation, 1 + x)
        projection = every(system)
        found = solve_projected(system, projection)
        assert found.result is Result.SUCCESSFUL and found.load == 1
        wanted = solve_steady(system).state[system.free]
        assert np.allclose(projection.expand(found.values)[0], wanted, atol=1e-9)


def test_a_few_functions_leave_a_rest_they_cannot_see() -> None:
    system = system_of(Eq(-w.diff(x, 2) + w**3, sp.exp(x)), 0)
    places = system.space.places(0)[system.free]
    projection = Projection([np.sin(np.pi * np.arange(1, 4) * places)])
    found = solve_projected(system, projection)
    state = np.zeros(system.size)
    state[system.free] = projection.expand(found.values)[0]
    rest = system.residual(0.0, state)[system.free]
    assert np.abs(projection.tested(rest)).max() < 1e-9 < 1e-4 < np.abs(rest).max()


def test_it_can_be_stopped() -> None:
    system = system_of(Eq(-w.diff(x, 2) + 1e3 * w**3, 1e3 * sp.exp(x)), 0)
    found = solve_projected(system, every(system), watch=lambda *_: False)
    assert found.result is Result.OUT_OF_BUDGET
    assert np.isfinite(found.values).all()


def test_pressures_that_nothing_notices_are_left_out() -> None:
    # Two velocities and four pressures: two of those must be combinations nobody sees.
    random = np.random.default_rng(4)
    projection = Projection([np.eye(5)[:, :2], np.eye(6)[:, :4]])
    stiffness = np.zeros((6, 6))
    stiffness[:2, :2] = [[2.0, 0.3], [-0.3, 1.0]]
    stiffness[2:, :2] = random.normal(size=(4, 2))
    stiffness[2, :2] = 0.0
    kept = stable_pressures(projection, stiffness, [1])[1]
    assert kept.shape == (4, 2)
    assert np.allclose(kept.T @ kept, np.eye(2))
    assert np.abs(kept[0]).max() < 1e-12
    # The unseen ones make the system singular; without them it is not.
    assert np.linalg.svd(stiffness[2:, :2].T @ kept)[1].min() > 0.1


def test_where_the_rest_is_not_definite_its_diagonal_is_taken() -> None:
    projection = Projection([np.eye(3)[:, :2], np.eye(3)[:, :2]])
    stiffness = np.zeros((4, 4))
    stiffness[:2, :2] = [[1.0, 5.0], [5.0, 1.0]]
    stiffness[2:, :2] = [[1.0, 0.0], [0.0, 1e-4]]
    kept = stable_pressures(projection, stiffness, [1])[1]
    # The median of 1 and 1e-4 is a half: the second falls below its hundredth.
    assert np.allclose(np.abs(kept), [[1.0], [0.0]])
