"""Observations as one list."""

from __future__ import annotations

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError
from residuum.inverse._readings import readings

from ._statements import decay, decayed, rod, t, u, x, y


def test_points_are_in_the_order_of_the_problem() -> None:
    problem, found = rod(), readings(rod())
    assert found.points == pytest.approx(problem.observations[0].points)
    assert found.noise == pytest.approx([0.01]) and set(found.group) == {0}
    assert not found.notes


def test_exact_copies_are_counted_once() -> None:
    values, times = decayed()
    doubled = decay(np.tile(values, 2), np.tile(times, 2), noise=0.02)
    found = readings(doubled)
    assert len(found.values) == len(values) and "20 readings repeat" in found.notes[0]
    # Another value at the same place is a reading of its own.
    again = decay(np.concatenate([values, values + 0.01]), np.tile(times, 2), noise=0.02)
    assert len(readings(again).values) == 2 * len(values)


def test_observations_are_needed() -> None:
    with pytest.raises(DataError, match="observations"):
        readings(rod().replace(observations=()))


def test_observations_outside_the_domain_are_refused() -> None:
    with pytest.raises(DataError, match="inside the domain"):
        decay([1.0, 0.5], [0.5, 2.5], noise=0.1)


def test_spread_is_a_size_even_of_one_value() -> None:
    one = readings(decay([0.5], [0.5], noise=0.0))
    assert one.spread == pytest.approx([0.5e-6])
    assert y.args == (t,) and u.args == (t, x) and rs.__version__
