"""Rates over a training."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.learning._schedule import SCHEDULES, Schedule, rates, schedule


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


@pytest.mark.parametrize("kind", SCHEDULES)
def test_all_rates_at_once_are_those_of_the_schedule(kind: Schedule) -> None:
    found, made = rates(kind, 3e-2, 9, 0.2), schedule(kind, 3e-2, 9, 0.2)
    assert found.dtype == np.float32
    # Cosines in float32, whose last digits depend on how many are taken at once.
    np.testing.assert_allclose(found, [made(step) for step in range(9)], rtol=1e-4, atol=1e-8)
