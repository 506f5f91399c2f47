"""Fields held at one time, and the clock that starts there."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import in_double_precision
from residuum.fields import AtTime, Ramp
from residuum.problem import ExpressionField, space, time

t, x = time("t"), space("x")
WAVE = ExpressionField((sp.sin(x - 2 * t),), (t, x))
POINTS = np.random.default_rng(29).uniform(0, 1, (6, 2))


@in_double_precision
def test_a_field_is_held_or_moves_on_with_its_rate() -> None:
    at, place = jnp.asarray(POINTS), POINTS[:, 1:]
    held = AtTime(WAVE, np.asarray(0.2)).jet(at, [(1, 1)])
    np.testing.assert_allclose(held.value, np.sin(place - 0.4), atol=1e-15)
    np.testing.assert_array_equal(held.derivative((1, 0)), 0)
    moving = AtTime(WAVE, np.asarray(0.2), rate=True).jet(at, [(1, 1)])
    rate = -2 * np.cos(place - 0.4)
    expected = np.sin(place - 0.4) + (POINTS[:, :1] - 0.2) * rate
    np.testing.assert_allclose(moving.value, expected, atol=1e-15)
    np.testing.assert_allclose(moving.derivative((1, 1)), 2 * np.sin(place - 0.4), atol=1e-15)


@in_double_precision
def test_the_clock_starts_with_its_power() -> None:
    wall = ExpressionField((x, x, x), (t, x))
    found = Ramp(wall, np.array([0.5, 2.0]), (0, 1, 2)).jet(jnp.asarray(POINTS), [(2, 0)])
    clock = (POINTS[:, :1] - 0.5) / 2
    np.testing.assert_allclose(found.value, POINTS[:, 1:] * clock ** np.arange(3), atol=1e-15)
    np.testing.assert_allclose(found.derivative((2, 0))[:, 2], POINTS[:, 1] / 2, atol=1e-15)
