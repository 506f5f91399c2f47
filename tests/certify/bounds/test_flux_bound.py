"""The flux bound as a certifier."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, Result
from residuum._solve import solve
from residuum.certify import certify
from residuum.certify.bounds import FluxBound
from residuum.geometry import Box
from residuum.methods import FiniteElement
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    Solution,
    dirichlet,
    div,
    grad,
    space,
    unknown,
)

X, Y = space("x"), space("y")
U = unknown("u", X, Y)
EXACT = sp.sin(sp.pi * X) * sp.sin(sp.pi * Y)
PROBLEM = Problem(
    domain=Box(x=(0, 1), y=(0, 1)),
    equations=[Eq(-div(grad(U)), 2 * sp.pi**2 * EXACT)],
    conditions=[dirichlet(U, 0)],
)


def answer(expression: sp.Expr) -> Solution:
    return Solution(PROBLEM, ExpressionField((expression,), PROBLEM.coordinates), Result.SUCCESSFUL)


@pytest.mark.parametrize("size", [5e-2, 5e-4, 5e-7])
def test_the_bound_is_as_sharp_for_small_errors_as_for_large(size: float) -> None:
    wrong = size * sp.sin(5 * sp.pi * X) * sp.sin(3 * sp.pi * Y)
    energy = certify(answer(EXACT + wrong), norm="energy", by=FluxBound())
    mean = certify(answer(EXACT + wrong), norm="L2", by=FluxBound())
    true = size * math.pi * math.sqrt(34) / 2
    # Measured: 1.066 and 1.122 for all three sizes.
    assert energy.kind == "bound" and true <= energy.value <= 1.1 * true
    assert mean.kind == "bound" and size / 2 <= mean.value <= 1.2 * size / 2
    # Relative to the true solution, whose norm is 1/2.
    assert size <= mean.relative <= 1.3 * size and mean.by == "flux bound"
    assert any("Friedrichs" in words for words in mean.assumptions)


def test_an_exact_answer_has_a_bound_of_rounding() -> None:
    found = certify(answer(EXACT), norm="energy", by=FluxBound())
    # Second derivatives of size 20 cancel to rounding.
    assert found.kind == "bound" and found.value < 1e-13 * 20


def test_an_answer_that_is_zero_has_no_relative_error() -> None:
    found = certify(answer(sp.Integer(0)), norm="L2", by=FluxBound())
    assert found.kind == "bound" and found.value >= 0.5 and math.isnan(found.relative)


def test_kinks_are_refused_with_the_reason() -> None:
    kinked = solve(PROBLEM, FiniteElement(), tol=1e-1)
    found = certify(kinked, norm="energy", by=FluxBound())
    assert found.kind == "none" and "kinks" in found.assumptions[0]
    found = certify(answer(sp.Abs(X - sp.pi / 8)), norm="energy", by=FluxBound())
    assert found.kind == "none" and "kinks" in found.assumptions[0]


def test_what_is_not_coercive_is_refused() -> None:
    helmholtz = PROBLEM.replace(equations=[Eq(-div(grad(U)) - 30 * U, 1)])
    shaken = Solution(helmholtz, answer(X).field, Result.SUCCESSFUL)
    found = certify(shaken, norm="L2", by=FluxBound())
    assert found.kind == "none" and "not coercive" in found.assumptions[0]


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="above one"):
        FluxBound(effectivity=0.5)
    assert np.isfinite(FluxBound().effectivity)
