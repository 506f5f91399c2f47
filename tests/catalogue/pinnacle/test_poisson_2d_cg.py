from __future__ import annotations

import numpy as np
import pytest

from residuum.catalogue import pinnacle_poisson_2d_cg as case
from residuum.catalogue.pinnacle._poisson_2d_cg import holes, solution, square

from .._measure import equation_defect, relative, scattered


def test_boundary_residual_bounds_the_error_below_the_floor() -> None:
    points = holes(499)  # not the points of the fit
    off = np.abs(solution(points) - 1).max()
    assert off < case.floor / 5  # the bound is on values, which are 0.3 in the mean
    coarse = np.abs(solution(points, 30) - 1).max()
    assert coarse > 1000 * case.floor  # measured 9e-9: half the orders do not do


def test_the_sides_are_met_with_and_without_holes() -> None:
    s = np.linspace(-1, 1, 101)
    for swap in (False, True):
        for end in (-1.0, 1.0):
            side = np.stack([s, np.full(101, end)][:: -1 if swap else 1], axis=1)
            assert np.abs(square(side) - 0.2).max() < 1e-14
            assert np.abs(solution(side)[:, 0] - 0.2).max() < 1e-14


@pytest.mark.slow
def test_reference_satisfies_the_equation() -> None:
    problem, steps = case.build(), (3e-3, 3e-3)
    points = scattered(problem, 300, key=21)
    points = points[problem.domain.signed_distance(points) < -9 * max(steps)]
    # Measured 1e-11: rounding over the square of the step.
    assert equation_defect(problem, case.reference, points, steps) < 5e-11


def test_more_functions_change_nothing() -> None:
    points = scattered(case.build(), 200, key=17)
    assert relative(solution(points, 70, 4000), solution(points)) < case.floor
