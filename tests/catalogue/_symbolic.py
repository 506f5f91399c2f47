"""Check an exact reference against a formula, and the formula against the statement."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum.catalogue import Case

from ._measure import relative, scattered

_DIGITS = 30


def assert_exact(case: Case, formula: Any) -> None:
    """Assert that a formula in plain symbols solves the problem and gives the reference."""
    problem = case.build()
    (unknown,) = problem.unknowns
    own = formula.subs({sp.Symbol(c.name, real=True): c for c in problem.coordinates})
    (residual,) = problem.residuals
    # Decimal parameters were read as binary ones: made rational again, the residual is zero.
    left = sp.nsimplify(residual, rational=True).subs(unknown, own).doit()
    assert sp.simplify(left) == 0
    points = scattered(problem, 40, key=27)
    exact = [
        float(own.evalf(_DIGITS, subs=dict(zip(problem.coordinates, map(float, row), strict=True))))
        for row in points
    ]
    assert relative(case.reference(points)[:, 0], np.array(exact)) < case.floor
