"""Points in a window of time that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, double_precision
from residuum.geometry import Box
from residuum.objectives import GrowingTime, Rows, inferred
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    initial,
    periodic,
    scaling,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u = unknown("u", t, x)
RING = Problem(
    Box(t=(1, 3), x=(0, 1)),
    Eq(u.diff(t) + u.diff(x), 0),
    [initial(u, sp.sin(2 * sp.pi * x)), periodic(u, "x")],
)


def draws(field: Any, turns: int, points: GrowingTime) -> list[float]:
    """Return the latest time of every round."""
    with double_precision():
        before: Rows | None = None
        found = []
        trained = (ExpressionField((field,), RING.coordinates), inferred(RING))
        for turn in range(turns):
            before, _ = points.draw(RING, scaling(RING), trained, 7, turn, before)
            found.append(float(np.max(before.points[:, 0])))
    return found


def test_windows_open_when_the_residual_is_small_or_patience_ends() -> None:
    points = GrowingTime(count=100, windows=4, patience=3, pool=400)
    solved = draws(sp.sin(2 * sp.pi * (x - t + 1)), 5, points)
    np.testing.assert_allclose(solved, [1.5, 2.0, 2.5, 3.0, 3.0])
    wrong = draws(sp.sin(2 * sp.pi * x), 7, points)
    np.testing.assert_allclose(wrong, [1.5, 1.5, 1.5, 2.0, 2.0, 2.0, 2.5])


def test_the_residual_told_is_that_of_the_whole_interval() -> None:
    # Right in the first window alone: what is told must not be small.
    late = sp.sin(2 * sp.pi * (x - t + 1)) + sp.Max(t - sp.Rational(3, 2), 0) ** 2
    points = GrowingTime(count=100, windows=4, pool=400)
    with double_precision():
        trained = (ExpressionField((late,), RING.coordinates), inferred(RING))
        _, held = points.draw(RING, scaling(RING), trained, 7, 0)
    assert held > 1e-2


@pytest.mark.parametrize("options", [{"windows": 0}, {"enough": 0.0}, {"patience": 0}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        GrowingTime(**options)
