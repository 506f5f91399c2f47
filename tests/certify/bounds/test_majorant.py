"""The majorant of a residual."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from residuum._core import double_precision
from residuum.certify.bounds._correction import Trial
from residuum.certify.bounds._majorant import Majorant, total
from residuum.certify.bounds._residual import Residual
from residuum.problem import Eq, Problem, dirichlet, div, grad
from tests.certify.bounds.test_residual import SQUARE, U, X, Y, residual_of


def majorant_of(residual: Residual, constant: float) -> Majorant:
    zero = {part: np.zeros_like(free.value) for part, free in residual.sides.items()}
    nothing = Trial(np.zeros_like(residual.value), np.zeros_like(residual.slope), zero)
    return Majorant(residual, nothing, constant)


@pytest.mark.parametrize("reaction", [0, 5, 1000])
def test_any_flux_bounds_and_the_best_is_sharp(reaction: float) -> None:
    error = sp.sin(sp.pi * X) * sp.sin(sp.pi * Y)
    problem = Problem(
        domain=SQUARE,
        equations=[Eq(-div(grad(U)) + reaction * U, (2 * sp.pi**2 + reaction) * error)],
        conditions=[dirichlet(U, 0)],
    )
    true = math.sqrt(math.pi**2 / 2 + reaction / 4)
    with double_precision():
        made = majorant_of(residual_of(problem, sp.Integer(0)), 1 / (math.pi * math.sqrt(2)))
        best = made.best()
        sharp = total(made, best).value
        random = np.random.default_rng(37)
        others = [total(made, best + random.normal(size=len(best)) * s).value for s in (0.01, 0.3)]
        zero = total(made, np.zeros(len(best))).value
    assert true <= sharp <= 1.15 * true  # measured on cells of half the side: 1.003 to 1.09
    # Any flux gives a bound; only one is best.
    assert min(*others, zero) >= sharp * 0.99
    assert sum(total(made, best).by_cell) == pytest.approx(sharp**2)
