"""Points added where the residual is largest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError, double_precision, in_double_precision
from residuum.objectives import Inferred, WorstPoints
from residuum.problem import ExpressionField, scaling

from ._statements import HEAT, heat, t

# Wrong by t⁴: the residual 4t³ is largest at the end.
DESIGN = WorstPoints(60, 10, 85, 1000)


@in_double_precision
def test_the_worst_join_and_the_oldest_added_leave() -> None:
    problem, _ = heat()
    with double_precision():
        sizes = scaling(problem)
    trained = (ExpressionField((HEAT + t**4,), problem.coordinates), Inferred({}, (), ()))
    rows, held = DESIGN.draw(problem, sizes, trained, 7, 0)
    first = np.asarray(rows.points)[:60]
    assert np.unique(first, axis=0).shape == (60, 2)
    added: list[np.ndarray] = []
    for turn, used in [(1, 70), (2, 80), (3, 85), (4, 85)]:
        rows, held = DESIGN.draw(problem, sizes, trained, 7, turn, rows)
        points, factor = np.asarray(rows.points), np.asarray(rows.factor)[0]
        assert points.shape == (85, 2) and int((factor > 0).sum()) == used
        # Rows that count make a mean over the points that count.
        assert factor.max() * sizes.residuals[0] == pytest.approx(used**-0.5)
        np.testing.assert_array_equal(points[:60], first)
        # Ten of 1000 uniform times: the last 1 per cent, up to four deviations of 0.003.
        assert points[60:70, 0].min() > 1 - 0.01 - 4 * 0.0032
        added.insert(0, points[60:70])
        np.testing.assert_array_equal(points[60:used], np.concatenate(added)[: used - 60])
    # √∫(4t³)² = 4/√7; the relative deviation over 1000 points is 2.7 %: four of those.
    assert held * sizes.residuals[0] == pytest.approx(4 / np.sqrt(7), rel=0.11)


@pytest.mark.parametrize("wrong", [(0, 1, 5), (5, 1, 5), (5, 0, 9), (5, 5, 9), (5, 9, 20, 8)])
def test_wrong_options_are_refused(wrong: Any) -> None:
    with pytest.raises(OptionError):
        WorstPoints(*wrong)
