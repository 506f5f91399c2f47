"""The residual and its slopes."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError, double_precision, in_double_precision
from residuum.objectives import GradientEnhanced, Inferred, ResidualAdaptive
from residuum.problem import ExpressionField, scaling

from ._statements import HEAT, heat, t, x

NOTHING = Inferred({}, (), ())


@in_double_precision
def test_rows_are_the_residual_and_its_slopes_in_half_widths() -> None:
    problem, exact = heat()
    with double_precision():
        sizes = scaling(problem)
    points = ResidualAdaptive(30, 100)
    field = ExpressionField((HEAT + t**2 * x,), problem.coordinates)
    (rows,), held = GradientEnhanced(0.3).draw(problem, sizes, points, (field, NOTHING), 7, 1)
    times, places = np.asarray(rows.points).T
    # The residual is 2tx; the domain is one unit wide in both coordinates.
    expected = np.stack([2 * times * places, 0.15 * 2 * places, 0.15 * 2 * times])
    found = np.asarray(rows.residual(field)).reshape(3, 30)
    np.testing.assert_allclose(
        found * sizes.residuals[0] * np.sqrt(30), expected, rtol=0, atol=1e-12
    )
    (rows,), held = GradientEnhanced().draw(problem, sizes, points, (exact, NOTHING), 7, 1)
    assert held < 1e-13 and np.abs(rows.residual(exact)).max() < 1e-13  # rounding


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError):
        GradientEnhanced(0.0)
