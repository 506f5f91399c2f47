from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError, Result
from residuum.discretise.time import Evolution


def cubic() -> Evolution:
    """Return t³ and 1 - 2t on [1, 2] and [2, 4], exactly."""

    def piece(begin: float, h: float) -> np.ndarray:
        first = [begin**3, 3 * begin**2 * h, 3 * begin * h**2, h**3]
        return np.array([first, [1 - 2 * begin, -2 * h, 0, 0]]).T

    times = np.array([1.0, 2.0, 4.0])
    states = np.stack([times**3, 1 - 2 * times], axis=1)
    return Evolution(times, states, np.array([3.0, -2.0]), [piece(1, 1), piece(2, 2)])


@pytest.mark.parametrize("t", [1.0, 1.37, 2.0, 3.9, 4.0])
def test_states_and_rates_between_the_steps(t: float) -> None:
    assert cubic().at(t) == pytest.approx([t**3, 1 - 2 * t])
    assert cubic().rate_at(t) == pytest.approx([3 * t**2, -2])


def test_rates_at_the_times() -> None:
    found = cubic()
    assert found.rates == pytest.approx(np.stack([3 * found.times**2, [-2, -2, -2]], axis=1))


@pytest.mark.parametrize("t", [0.99, 4.01, np.nan])
def test_times_outside_are_refused(t: float) -> None:
    with pytest.raises(OptionError, match="between 1 and 4"):
        cubic().at(t)


def test_an_evolution_without_steps_knows_its_start() -> None:
    found = Evolution(np.zeros(1), np.ones((1, 2)), np.full(2, 3.0), [], Result.NOT_FINITE)
    assert np.array_equal(found.at(0.0), np.ones(2))
    assert np.array_equal(found.rate_at(0.0), np.full(2, 3.0))
    assert np.array_equal(found.rates, np.full((1, 2), 3.0))
    assert (found.steps, found.rejected, found.newton, found.factorisations) == (0, 0, 0, 0)
