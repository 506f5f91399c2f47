"""Continuation: past what Newton alone can do, and stopped at a fold."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError, Result
from residuum.discretise.nonlinear import continued, newton

from ._systems import bratu, burgers


def test_a_thin_shock_is_reached_through_thick_ones() -> None:
    start = 5 * np.sin(np.linspace(0.0, 20.0, 599))
    assert not newton(*burgers(599, 0.002), start).result.ok
    found = continued(lambda load: burgers(599, 0.2 * 0.01**load), start)
    assert found.result is Result.SUCCESSFUL
    assert found.load == 1.0
    residual, _ = burgers(599, 0.002)
    # Terms of the residual are of size viscosity / h² = 720.
    assert np.abs(residual(found.values)).max() < 1e-9
    assert found.iterations == len(found.history)


def test_the_fold_of_bratu_stops_it() -> None:
    found = continued(lambda load: bratu(99, 5.0 * load), np.zeros(99))
    assert found.result is Result.STAGNATED
    # The fold lies at load 3.5138 / 5, on this grid 1e-4 beside it.
    assert 0.699 < found.load < 0.7035
    assert "beyond load 0.7" in found.reason
    residual, _ = bratu(99, 5.0 * found.load)
    assert np.abs(residual(found.values)).max() < 1e-2 * 100**2


def test_an_easy_path_takes_few_steps() -> None:
    found = continued(lambda load: bratu(99, load), np.zeros(99))
    alone = newton(*bratu(99, 1.0), np.zeros(99))
    assert found.result is Result.SUCCESSFUL
    assert found.iterations <= 5 * alone.iterations
    np.testing.assert_allclose(found.values, alone.values, rtol=1e-9)


def test_an_unsolvable_beginning_is_named() -> None:
    found = continued(lambda load: bratu(99, 4.0), np.zeros(99))
    assert found.result is Result.STAGNATED
    assert found.load == 0.0
    assert "load 0" in found.reason


def test_watch_stops() -> None:
    count = [0]

    def watch(iteration: int, size: float) -> bool:
        count[0] += 1
        return count[0] < 4

    found = continued(lambda load: bratu(99, 3.0 * load), np.zeros(99), watch=watch)
    assert found.result is Result.OUT_OF_BUDGET
    assert 0 < found.load < 1
    assert np.isfinite(found.values).all()


def test_wrong_steps_are_refused() -> None:
    with pytest.raises(OptionError, match="shortest"):
        continued(lambda load: bratu(9, load), np.zeros(9), first=2.0)
