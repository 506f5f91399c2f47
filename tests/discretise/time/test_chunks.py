"""Chunks of steps: blow-up, watch, kept states."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import Result, double_precision
from residuum.discretise.time import ETDRK4, OUTPUTS, Chunks


def test_blow_up_keeps_finite_states() -> None:
    with double_precision():
        made = Chunks(
            ETDRK4(), lambda v, t, d: v * v, symbol=np.zeros(1), example=np.ones(1), data={}
        )
        history = made.march(np.ones(1), (0.0, 3.0), chunks=40, stride=1)
    assert history.result is Result.DIVERGED
    assert np.isfinite(history.states).all()
    assert 0.5 < history.times[-1] < 1.2


def test_watch_stops() -> None:
    with double_precision():
        made = Chunks(ETDRK4(), lambda v, t, d: -v, symbol=np.zeros(1), example=np.ones(1), data={})
        history = made.march(np.ones(1), (0.0, 1.0), chunks=10, stride=1, watch=lambda t: t < 0.35)
    assert history.result is Result.OUT_OF_BUDGET
    assert history.times[-1] == pytest.approx(0.4)


def test_stride_keeps_fewer_states_of_the_same_run() -> None:
    with double_precision():
        made = Chunks(
            ETDRK4(), lambda v, t, d: t * v, symbol=-np.ones(1), example=np.ones(1), data={}
        )
        fine = made.march(np.ones(1), (0.0, 1.0), chunks=4, stride=1)
        coarse = made.march(np.ones(1), (0.0, 1.0), chunks=1, stride=4)
    assert fine.steps == coarse.steps == 4 * OUTPUTS
    assert np.abs(fine.states[::4] - coarse.states).max() < 1e-15


def test_a_layer_at_the_start_gets_short_chunks() -> None:
    with double_precision():
        made = Chunks(
            ETDRK4(), lambda v, t, d: 0 * v, symbol=-np.full(1, 1e3), example=np.ones(1), data={}
        )
        history = made.march(np.ones(1), (0.0, 1.0), chunks=4, stride=1, smooth=(1e-6, 400))
        plain = made.march(np.ones(1), (0.0, 1.0), chunks=4, stride=1)
        again = made.march(np.ones(1), (0.0, 1.0), chunks=history.ends, stride=2)
    lengths = np.diff(history.ends)
    assert lengths[0] <= 1 / 256 and lengths[-1] == 0.25 and history.between < 1e-6
    # Without halving, nothing between the states at 0 and 1/32 knows of the layer.
    assert plain.between == 0 and len(plain.ends) == 5
    np.testing.assert_allclose(again.ends, history.ends)
    assert again.steps == 2 * history.steps
    # A linear part is integrated exactly, whatever the lengths.
    assert np.abs(history.states[:, 0].real - np.exp(-1e3 * history.times)).max() < 1e-12


def test_halving_stops_at_the_most_chunks() -> None:
    with double_precision():
        made = Chunks(
            ETDRK4(), lambda v, t, d: 0 * v, symbol=-np.full(1, 1e3), example=np.ones(1), data={}
        )
        history = made.march(np.ones(1), (0.0, 1.0), chunks=4, stride=1, smooth=(1e-6, 6))
    assert len(history.ends) == 7 and history.between > 1e-6
