"""Distances of fields from elements, against integrals in closed form."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy as sp

from residuum._core import Result
from residuum.certify.bounds._distance import Distance, distance
from residuum.certify.bounds._statement import Statement, read_statement
from residuum.discretise.elements import ElementField
from residuum.geometry import Box
from residuum.problem import ExpressionField, Problem, Solution
from tests.certify.bounds._manufactured import X, Y, diffusion, solved

SQUARE = Box(x=(0, 1), y=(0, 1))
LINEAR = 1 + X - 2 * Y


def made(order: int = 1, **options: Any) -> tuple[Statement, ElementField, Problem]:
    """Return a statement whose solution elements hold exactly, and that solution."""
    problem = diffusion(SQUARE, LINEAR, **options)
    statement, answer = read_statement(problem), solved(problem, order, 0.5)
    assert isinstance(statement, Statement) and isinstance(answer.field, ElementField)
    return statement, answer.field, problem


def test_smooth_fields_by_two_rules() -> None:
    options: dict[str, Any] = {"tensor": 2, "reaction": 3, "sides": {"x_max": "r"}}
    statement, near, problem = made(**options)
    away = sp.sin(X + Y)
    field = ExpressionField((LINEAR + away,), problem.coordinates)
    answer = Solution(problem, field, Result.SUCCESSFUL)

    def integral(square: Any) -> float:
        return float(sp.integrate(sp.integrate(sp.expand_trig(square), (X, 0, 1)), (Y, 0, 1)))

    # 2 u + ∂u/∂n is given: with a tensor of two the flux is g - 4 u.
    side = float(4 * sp.integrate(away.subs(X, 1) ** 2, (Y, 0, 1)))
    steep = integral(2 * (sp.diff(away, X) ** 2 + sp.diff(away, Y) ** 2) + 3 * away**2)
    for norm, true in (("L2", math.sqrt(integral(away**2))), ("energy", math.sqrt(steep + side))):
        found = distance(statement, near, answer, norm, exact=False)
        assert isinstance(found, Distance)
        assert found.low <= true <= found.high and not found.loose
        # Rules of degree four and seven on cells of a half: they differ by 2e-5.
        assert found.high - found.low < 1e-4 * true


def test_elements_on_the_same_mesh_exactly() -> None:
    statement, near, problem = made(order=2)
    other = solved(diffusion(SQUARE, X**2 * Y), 2, 0.5)
    answer = Solution(problem, other.field, Result.SUCCESSFUL)
    found = distance(statement, near, answer, "L2", exact=True)
    assert isinstance(found, Distance) and found.gap == 0
    again = distance(statement, near, answer, "L2", exact=False)
    assert isinstance(again, Distance)
    # Both rules are exact for the square of a quadratic.
    assert found.high == pytest.approx(again.high, rel=1e-10)


def test_fields_that_are_not_finite() -> None:
    statement, near, problem = made()
    field = ExpressionField((sp.log(X - Y),), problem.coordinates)
    answer = Solution(problem, field, Result.SUCCESSFUL)
    assert "not finite" in str(distance(statement, near, answer, "L2", exact=False))


def test_a_field_is_at_no_distance_from_itself() -> None:
    found = Distance.none(2.0)
    assert (found.low, found.high, found.size, found.words) == (0.0, 0.0, 2.0, ())
    assert not found.loose and Distance(0.0, 1.0, 1.0, 0.5).loose
