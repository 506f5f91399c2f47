"""Gauss–Newton on the last layer by normal equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Monitor, OptionError, double_precision
from residuum.fields import Gaussians, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import HeadGaussNewton, HeadNormalEquations
from residuum.objectives import Collocation, inferred
from residuum.problem import Eq, Problem, dirichlet, hard_conditions, scaling, space, unknown

x = space("x")
w = unknown("w", x)


def setting(equation: Eq) -> tuple[Any, Any, Any]:
    problem = Problem(Box(x=(0, 1)), equation, [dirichlet(w, 0)])
    sizes, hard = scaling(problem), hard_conditions(problem)
    field = constrain(
        Gaussians(30, scale=2.0).build(frame_of(problem, sizes), 7), problem, hard, sizes
    )
    rows = Collocation(1200).build(problem, sizes, hard, 7)[0]
    return field, inferred(problem), rows


@pytest.mark.parametrize(
    "equation", [Eq(w.diff(x, 2), sp.sin(5 * x)), Eq(w.diff(x, 2), sp.exp(w))], ids=str
)
def test_as_good_as_an_orthogonal_factor(equation: Eq) -> None:
    with double_precision():
        field, numbers, rows = setting(equation)
        best = HeadGaussNewton().train((field, numbers), rows, Monitor())
        found = HeadNormalEquations().train((field, numbers), rows, Monitor())
        a, b = (np.sqrt(2 * outcome.losses[-1]) for outcome in (found, best))
    # Gaussians of one spacing: the squared condition number costs less than a third.
    assert a < 1.3 * b
    # What is left of the first loss is what thirty Gaussians cannot follow at the ends.
    assert found.result.ok and found.losses[-1] < 1e-2 * found.losses[0]


@pytest.mark.parametrize("options", [{"iterations": 0}, {"settle": 0.0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        HeadNormalEquations(**options)


def test_rows_that_are_not_finite_end_in_an_error() -> None:
    with double_precision():
        field, numbers, rows = setting(Eq(w.diff(x, 2), sp.exp(w)))
        broken = field.with_head(field.head * np.nan)
        with pytest.raises(FloatingPointError, match="not finite"):
            HeadNormalEquations().train((broken, numbers), rows, Monitor())
