"""When a bound is sharp enough for a tolerance, and what it is then."""

from __future__ import annotations

import math
import re

import pytest
import sympy as sp

from residuum._core import Certificate, OptionError, Result
from residuum.certify import certify
from residuum.certify.bounds import ElementsBound, FluxBound
from residuum.certify.bounds._settled import settled
from residuum.geometry import Box
from residuum.problem import Eq, ExpressionField, Problem, Solution, dirichlet, div, grad, unknown
from tests.certify.bounds._manufactured import WAVE, X, Y, diffusion, errors, solved

U = unknown("u", X, Y)
EXACT = sp.sin(sp.pi * X) * sp.sin(sp.pi * Y)
SQUARE = Box(x=(0, 1), y=(0, 1))


@pytest.mark.parametrize(
    ("lower", "upper", "told"),
    [
        (0.0, 0.009, True),  # below 1 % of at least 0.991
        (0.0, 0.0100, False),  # of 0.99 it is more
        (0.012, math.inf, True),  # no bound can be below 0.012/0.988
        (0.0099, math.inf, False),
        (2.0, 3.0, True),  # larger than the field
    ],
)
def test_a_question_is_settled_on_either_side(lower: float, upper: float, told: bool) -> None:
    assert settled(0.01, lower, upper, 1.0) is told
    assert not settled(None, lower, upper, 1.0)


def flux_bound(size: float, tol: float | None) -> Certificate:
    """Return what is proved of a field with a fine error, whose bound starts far from sharp."""
    problem = Problem(SQUARE, [Eq(-div(grad(U)), 2 * sp.pi**2 * EXACT)], [dirichlet(U, 0)])
    wrong = size * sp.sin(7 * sp.pi * X) * sp.sin(6 * sp.pi * Y)
    field = ExpressionField((EXACT + wrong,), problem.coordinates)
    by = FluxBound(effectivity=1.2, tol=tol)
    return certify(Solution(problem, field, Result.SUCCESSFUL), by=by)


def cells_of(found: Certificate) -> int:
    return int(re.findall(r"(\d+) cells", "; ".join(found.assumptions))[-1])


@pytest.mark.parametrize(("size", "tol"), [(1e-4, 1e-2), (0.2, 1e-3)])
def test_a_flux_bound_stops_where_the_question_is_settled(size: float, tol: float) -> None:
    asked, sharp = flux_bound(size, tol), flux_bound(size, None)
    assert asked.kind == sharp.kind == "bound"
    # A bound all the same: the true norm is half the size.
    assert asked.value >= size / 2 * (1 - 1e-9)
    assert asked.verifies(tol) == sharp.verifies(tol) == (size < tol)
    assert cells_of(asked) < cells_of(sharp)


@pytest.mark.parametrize("tol", [1e-1, 1e-7])
def test_an_elements_bound_stops_where_the_question_is_settled(tol: float) -> None:
    answer = solved(diffusion(SQUARE, WAVE, tensor=1 + X * Y / 2), 2, 0.25)
    _, true = errors(answer, WAVE, tensor=1 + X * Y / 2)
    asked = certify(answer, by=ElementsBound(effectivity=1.05, tol=tol))
    sharp = certify(answer, by=ElementsBound(effectivity=1.05))
    assert asked.kind == "bound" and asked.value >= true * (1 - 1e-9)
    assert asked.value > sharp.value and asked.verifies(tol) == (tol > 1e-2)


@pytest.mark.parametrize("tol", [0.0, 1.0, -1e-3])
def test_a_tolerance_that_is_none_is_refused(tol: float) -> None:
    for kind in (FluxBound, ElementsBound):
        with pytest.raises(OptionError, match="between 0 and 1"):
            kind(tol=tol)
