"""Exponential time differencing: order, exact linear part, blow-up."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Result, double_precision
from residuum.discretise.time import Exponential, coefficients

STIFF = np.array([-1.0, -40.0 + 3.0j, 2.0j])


def forced(state: Any, time: Any, data: Any) -> Any:
    """Make v = (cos t, sin 2t, exp(-t) + i t) the solution; the last row is nonlinear as well."""
    exact, rate = _exact(jnp, time)
    extra = state * state - exact * exact
    return rate - jnp.asarray(STIFF) * exact + 0.3 * extra


def _exact(xp: Any, t: Any) -> Any:
    value = xp.stack([xp.cos(t) + 0j, xp.sin(2 * t) + 0j, xp.exp(-t) + 1j * t])
    rate = xp.stack([-xp.sin(t) + 0j, 2 * xp.cos(2 * t) + 0j, -xp.exp(-t) + 1j])
    return value, rate


def test_order_four() -> None:
    errors = []
    with double_precision():
        stepper = Exponential(forced, STIFF, {})
        start = _exact(np, np.array(0.0))[0]
        for chunks in (16, 32, 64):
            history = stepper.march(STIFF, start, (0.0, 1.0), chunks=chunks, stride=1)
            errors.append(np.abs(history.states[-1] - _exact(np, np.array(1.0))[0]).max())
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert orders[-1] == pytest.approx(4.0, abs=0.2)


def test_linear_part_is_exact() -> None:
    with double_precision():
        stepper = Exponential(lambda v, t, d: jnp.zeros_like(v), STIFF, {})
        history = stepper.march(STIFF, np.ones(3), (0.0, 2.0), chunks=1, stride=3)
    assert history.steps == 24
    assert np.abs(history.states[-1] - np.exp(2.0 * STIFF)).max() < 1e-13


def test_coefficients_near_zero_have_no_cancellation() -> None:
    small = coefficients(np.array([1e-9, 0.0]), 0.5)
    assert small.stage == pytest.approx([0.25, 0.25], abs=1e-9)
    assert small.first == pytest.approx([1 / 12, 1 / 12], abs=1e-9)


def test_blow_up_keeps_finite_states() -> None:
    with double_precision():
        stepper = Exponential(lambda v, t, d: v * v, np.ones(1), {})
        history = stepper.march(np.zeros(1), np.ones(1), (0.0, 3.0), chunks=40, stride=1)
    assert history.result is Result.DIVERGED
    assert np.isfinite(history.states).all()
    assert 0.5 < history.times[-1] < 1.2


def test_watch_stops() -> None:
    with double_precision():
        stepper = Exponential(lambda v, t, d: -v, np.ones(1), {})
        history = stepper.march(
            np.zeros(1), np.ones(1), (0.0, 1.0), chunks=10, stride=1, watch=lambda t: t < 0.35
        )
    assert history.result is Result.OUT_OF_BUDGET
    assert history.times[-1] == pytest.approx(0.4)
