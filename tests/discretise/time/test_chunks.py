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
