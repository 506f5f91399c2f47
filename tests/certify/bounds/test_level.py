"""Bounds on one mesh."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy as sp

from residuum._core import double_precision
from residuum.certify.bounds import friedrichs
from residuum.certify.bounds._coercive import coercive
from residuum.certify.bounds._enclosure import cover
from residuum.certify.bounds._flux_bound import derivatives
from residuum.certify.bounds._level import Level
from residuum.certify.bounds._residual import needed
from residuum.geometry.mesh import mesh_of
from residuum.problem import Eq, ExpressionField, Problem, dirichlet, div, grad
from tests.certify.bounds.test_residual import SQUARE, U, X, Y


def level_of(field: Any, given: Any) -> Level:
    problem = Problem(
        domain=SQUARE,
        equations=[Eq(-div(grad(U)), 2 * sp.pi**2 * sp.sin(sp.pi * X) * sp.sin(sp.pi * Y))],
        conditions=[dirichlet(U, given)],
    )
    statement = coercive(problem)
    indices = needed(statement)
    own = ExpressionField((field,), problem.coordinates)
    mesh = cover(mesh_of(SQUARE, 0.25))
    return Level(statement, mesh, lambda p: derivatives(own, p, indices), friedrichs(problem))


@pytest.mark.parametrize("wrong", [0.0, 0.3])
def test_both_sides_hold_the_error(wrong: float) -> None:
    # v = w with u - v = sin sin - wrong x, so wrong boundary values where wrong is not zero.
    with double_precision():
        level = level_of(wrong * X, 0)
        energy, mean = level.sharp("energy"), level.sharp("L2")
    true = math.sqrt(math.pi**2 / 2 + wrong**2)
    assert energy.lower <= true <= energy.value <= 1.2 * true
    # ∫ (sin sin - wrong x)² = 1/4 - 2 wrong (1/π)(2/π) + wrong²/3.
    true = math.sqrt(0.25 - 4 * wrong / math.pi**2 + wrong**2 / 3)
    assert mean.lower <= true <= mean.value <= 1.2 * true
