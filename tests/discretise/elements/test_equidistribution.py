"""Nodes where a monitor is large: equal shares, and never a folded cell."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.elements._equidistribution import (
    equidistributed,
    relaxed,
    slope_monitor,
    smoothed,
)


def test_cells_hold_equal_integrals() -> None:
    nodes = np.linspace(-1.0, 3.0, 41)
    monitor = 1 + 50 * np.exp(-(((nodes[1:] + nodes[:-1]) / 2) ** 2) * 40)
    found = equidistributed(nodes, monitor)
    total = np.concatenate([[0.0], np.cumsum(monitor * np.diff(nodes))])
    held = np.diff(np.interp(found, nodes, total))
    np.testing.assert_allclose(held, total[-1] / 40, rtol=1e-12)
    assert found[0] == -1.0 and found[-1] == 3.0


def test_half_of_a_monitor_of_strength_one_is_steepness() -> None:
    nodes = np.linspace(0, 1, 101)
    values = np.tanh(40 * (nodes - 0.5))[:, None]
    assert (slope_monitor(nodes, values) * np.diff(nodes)).sum() == pytest.approx(2.0, rel=1e-12)
    # A constant has no steep part: even nodes.
    np.testing.assert_allclose(slope_monitor(nodes, np.ones((101, 1))), 1.0)


@pytest.mark.parametrize("share", [1e-3, 1.0, 1e6])
def test_no_step_folds_a_cell_whatever_the_monitor(share: float) -> None:
    chance = np.random.default_rng(5)
    for _ in range(20):
        nodes = np.concatenate([[0.0], np.sort(chance.uniform(size=30)), [1.0]])
        monitor = 10.0 ** chance.uniform(-4, 4, 31)
        moved = relaxed(nodes, monitor, share)
        # The gaps solve an M-matrix; what remains is the rounding of sums of numbers up to one.
        assert np.diff(moved).min() > -1e-14
        assert moved[0] == 0.0 and moved[-1] == 1.0


def test_relaxing_ends_where_the_monitor_is_equidistributed() -> None:
    nodes = np.linspace(0, 1, 21)
    monitor = smoothed(np.where(np.arange(20) < 5, 9.0, 1.0))
    moved = relaxed(nodes, monitor, 1e8)
    np.testing.assert_allclose(
        monitor * np.diff(moved), (monitor * np.diff(moved)).mean(), rtol=1e-6
    )
    with pytest.raises(OptionError, match="increasing"):
        relaxed(nodes[::-1], monitor, 1.0)
