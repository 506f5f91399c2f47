"""Rates over a training."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.learning._schedule import SCHEDULES, Schedule, schedule


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 100])
def test_the_rate_rises_to_its_largest_and_falls_unless_constant(
    kind: Schedule, steps: int
) -> None:
    made = schedule(kind, 2e-3, steps, 0.1)
    rates = np.array([float(made(i)) for i in range(steps + 1)])
    assert (rates > 0).all() or kind == "one_cycle"
    assert rates.max() <= 2e-3 * (1 + 1e-6)
    if steps == 100:
        np.testing.assert_allclose(rates.max(), 2e-3, rtol=1e-3)
        assert rates[0] < 0.2 * 2e-3
        assert bool(rates[-1] < 1e-5) is (kind != "constant")
