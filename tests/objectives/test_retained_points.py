"""Points that stay while their residual is above the mean."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, double_precision, in_double_precision
from residuum.objectives import Inferred, RetainedPoints
from residuum.problem import ExpressionField, scaling

from ._statements import HEAT, heat, t, x

NOTHING = Inferred({}, (), ())


@in_double_precision
def test_points_above_the_mean_stay_and_gather() -> None:
    problem, _ = heat()
    with double_precision():
        sizes = scaling(problem)
    trained = (ExpressionField((HEAT + t**4,), problem.coordinates), NOTHING)
    design = RetainedPoints(400, 800)
    rows, held = design.draw(problem, sizes, trained, 7, 0)
    assert (np.asarray(rows.points)[:, 0] > 0.75).mean() == pytest.approx(0.25, abs=0.09)
    for turn in range(1, 7):
        before = np.asarray(rows.points)
        size = before[:, 0] ** 3
        stay = before[size > size.mean()]
        rows, held = design.draw(problem, sizes, trained, 7, turn, rows)
        points = np.asarray(rows.points)
        assert points.shape == (400, 2)
        np.testing.assert_array_equal(points[: len(stay)], stay)
    # The residual does not fall here, so the late points fill the sample.
    assert (points[:, 0] > 0.75).mean() > 0.6
    # √∫(4t³)² = 4/√7; the relative deviation over 800 points is 3 %: four of those.
    assert held * sizes.residuals[0] == pytest.approx(4 / np.sqrt(7), rel=0.12)


@in_double_precision
def test_points_without_a_finite_residual_are_replaced() -> None:
    problem, _ = heat()
    with double_precision():
        sizes = scaling(problem)
    good = (ExpressionField((HEAT,), problem.coordinates), NOTHING)
    bad = (ExpressionField((sp.sqrt(x - 2),), problem.coordinates), NOTHING)
    design = RetainedPoints(50, 50)
    rows, _ = design.draw(problem, sizes, good, 7, 0)
    fresh, held = design.draw(problem, sizes, bad, 7, 1, rows)
    assert np.isnan(held) and np.isfinite(np.asarray(fresh.points)).all()
    assert not np.isin(np.asarray(fresh.points), np.asarray(rows.points)).any()


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError):
        RetainedPoints(30, 20)
