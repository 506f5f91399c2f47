"""Points where the residual is large."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, double_precision, in_double_precision
from residuum.objectives import Inferred, ResidualAdaptive
from residuum.problem import ExpressionField, Problem, Scaling, scaling

from ._statements import HEAT, heat, t, x

NOTHING = Inferred({}, (), ())
# Wrong by t⁴: the residual 4t³ is far larger late than early.
LATE = (HEAT + t**4,)


def setting(expressions: tuple[Any, ...] = LATE) -> tuple[Problem, Scaling, Any]:
    problem, _ = heat()
    with double_precision():
        sizes = scaling(problem)
    return problem, sizes, (ExpressionField(expressions, problem.coordinates), NOTHING)


@in_double_precision
def test_points_gather_where_the_residual_is_large() -> None:
    problem, sizes, trained = setting()
    shares = {}
    for power in (0.0, 1.0, 2.0):
        design = ResidualAdaptive(200, 4000, power=power, floor=0.1)
        rows, _ = design.draw(problem, sizes, trained, 7, 0)
        times = np.asarray(rows.points)[:, 0]
        shares[power] = float(np.mean(times > 0.8))
        assert rows.points.shape == (200, 2) and len(np.unique(times)) == 200
    # The last fifth of the time holds 1 - 0.8⁴ of ∫t³ and 1 - 0.8⁷ of ∫t⁶; 1/11 of the points is
    # uniform, and the deviation of a share of 200 is at most 0.035: more than two of those.
    for power, held in [(0.0, 0.2), (1.0, 1 - 0.8**4), (2.0, 1 - 0.8**7)]:
        assert shares[power] == pytest.approx((held + 0.1 * 0.2) / 1.1, abs=0.08)


@in_double_precision
def test_the_held_residual_is_the_root_mean_square() -> None:
    problem, sizes, trained = setting()
    _, held = ResidualAdaptive(10, 4000).draw(problem, sizes, trained, 7, 0)
    # √∫(4t³)² = 4/√7; the relative deviation of the mean of t⁶ over 4000 points is 2.6 %, its root
    # half of that: four of those.
    assert held * sizes.residuals[0] == pytest.approx(4 / np.sqrt(7), rel=0.055)


@in_double_precision
def test_key_and_turn_decide() -> None:
    problem, sizes, trained = setting()
    design = ResidualAdaptive(20, 100)

    def points(key: int, turn: int) -> np.ndarray:
        return np.asarray(design.draw(problem, sizes, trained, key, turn)[0].points)

    np.testing.assert_array_equal(points(7, 1), points(7, 1))
    for key, turn in [(7, 0), (7, 2), (8, 1)]:
        assert not np.isclose(points(key, turn), points(7, 1)).any()


@in_double_precision
def test_the_pool_lies_inside() -> None:
    problem, sizes, trained = setting()
    rows, _ = ResidualAdaptive(50, 50).draw(problem, sizes, trained, 7, 3)
    points = np.asarray(rows.points)
    assert (points >= 0).all() and (points <= 1).all() and np.ptp(points, axis=0).min() > 0.5


@pytest.mark.parametrize(
    ("expressions", "floor"),
    [
        ((HEAT * 0,), 1.0),
        ((HEAT * 0,), 0.0),
        ((sp.sqrt(x - 2),), 1.0),
        ((sp.sqrt(x - 2),), 0.0),
    ],
    ids=["exact", "exact, no floor", "not finite", "not finite, no floor"],
)
@in_double_precision
def test_a_residual_without_a_shape_gives_uniform_points(expressions: Any, floor: float) -> None:
    """Zero everywhere or not finite: training has to go on, or to end, but not to break here."""
    problem, sizes, trained = setting(expressions)
    rows, held = ResidualAdaptive(200, 400, floor=floor).draw(problem, sizes, trained, 7, 0)
    # The deviation of the mean of 200 uniform numbers is 0.02: three of those.
    assert np.asarray(rows.points)[:, 0].mean() == pytest.approx(0.5, abs=0.06)
    assert held == 0.0 or np.isnan(held)


@pytest.mark.parametrize(
    "options",
    [
        {"count": 0},
        {"count": 30, "pool": 20},
        {"power": -1.0},
        {"floor": -0.1},
        {"power": 0.0, "floor": 0.0},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        ResidualAdaptive(**options)
