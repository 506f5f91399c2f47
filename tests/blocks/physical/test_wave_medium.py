"""The medium of waves: second order, stable, absorbed, differentiable."""

from __future__ import annotations

import math
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError, in_double_precision
from residuum.blocks.physical import MediumPlan, WaveMedium, wave_medium

RANDOM = np.random.default_rng(37)
PLAN = MediumPlan(
    (20, 14),
    speakers=2,
    microphones=5,
    frequencies=(0.06, 0.1),
    steps=60,
    scatterers=2,
    rim=3,
)
MEDIUM = wave_medium(PLAN, key=7)


@eqx.filter_jit
def run(medium: WaveMedium, x: Array) -> Array:
    return medium(x)


def box(rows: int, columns: int, steps: int) -> WaveMedium:
    """A closed, undamped, linear box of unit speed, driven in the shape of its first mode."""
    mode = np.outer(
        np.sin(np.pi * np.arange(rows) / (rows - 1)),
        np.sin(np.pi * np.arange(columns) / (columns - 1)),
    )
    return WaveMedium(
        np.ones((rows, columns)),
        np.zeros((rows, columns)),
        np.zeros(()),
        mode[None],
        np.array([[rows // 2, columns // 2]]),
        np.array([0.05]),
        np.ones(()),
        0.5,
        steps,
    )


@in_double_precision
def test_a_mode_swings_at_its_frequency() -> None:
    rows, columns, steps = 17, 9, 200
    medium = box(rows, columns, steps)
    kick = jnp.zeros((1, steps, 1)).at[0, 0].set(1.0)
    found = np.asarray(eqx.filter_jit(medium.traces)(kick))[0, :, 0]
    # Of the scheme itself: sin(ω dt / 2) = dt √(Σ sin²(π / 2(N - 1))), so nothing but rounding.
    side = sum(math.sin(math.pi / 2 / (n - 1)) ** 2 for n in (rows, columns))
    omega = 2 / medium.step * math.asin(medium.step * math.sqrt(side))
    time = medium.step * np.arange(1, steps + 1)
    wanted = medium.step**2 * np.sin(omega * time) / math.sin(omega * medium.step)
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    # And the scheme is close to the wave equation: π √(Σ 1 / L²), off by O(1 / N²).
    exact = math.pi * math.sqrt(sum(1 / (n - 1) ** 2 for n in (rows, columns)))
    assert omega == pytest.approx(exact, rel=0.01)


def test_it_is_quadratic_where_weak_and_saturates_where_strong() -> None:
    x = jnp.asarray(RANDOM.normal(size=(3, 4)), jnp.float32)
    weak, double = run(MEDIUM, 1e-3 * x), run(MEDIUM, 2e-3 * x)
    np.testing.assert_allclose(double, 4 * weak, rtol=1e-3)
    linear = eqx.tree_at(lambda m: m.strength, MEDIUM, np.zeros((), np.float32))
    np.testing.assert_allclose(run(linear, 8 * x), 64 * run(linear, x), rtol=1e-3)
    ratio = np.asarray(run(MEDIUM, x) / run(linear, x))
    assert np.abs(ratio - 1).max() > 0.2
    # Fully saturated, the speed is constant again: as in a linear medium of 1 + η.
    fast = eqx.tree_at(lambda m: m.speed, linear, MEDIUM.speed * np.float32(math.sqrt(2)))
    far = np.asarray(run(MEDIUM, 300 * x)) / np.asarray(run(fast, 300 * x))
    assert np.abs(far - 1).max() < np.abs(ratio - 1).max()


def test_the_drive_sets_the_field_and_the_gain_the_reading() -> None:
    x = jnp.asarray(np.random.default_rng(41).normal(size=(64, 4)), jnp.float32)
    linear = wave_medium(replace(PLAN, strength=0.0, drive=2.0), key=7)
    # 64 readings of 5 microphones vary by themselves.
    assert float(run(linear, x).mean()) == pytest.approx(1.0, rel=0.35)
    assert float(run(linear, x).mean() / linear.gain) == pytest.approx(4.0, rel=0.35)


@in_double_precision
def test_gradients_are_those_of_differences() -> None:
    grown = jax.tree.map(
        lambda leaf: (
            leaf.astype(float)
            if isinstance(leaf, np.ndarray) and leaf.dtype == np.float32
            else leaf
        ),
        MEDIUM,
    )
    x, w = jnp.asarray(RANDOM.normal(size=(2, 4))), jnp.asarray(RANDOM.normal(size=(2, 5)))
    toward = jnp.asarray(RANDOM.normal(size=x.shape)), jnp.asarray(RANDOM.normal(size=(20, 14)))

    @jax.jit
    def value(x: Array, speed: Array) -> Array:
        return (w * eqx.tree_at(lambda m: m.speed, grown, speed)(x)).sum()

    at = x, jnp.asarray(grown.speed) * 0.95
    slopes = jax.jit(jax.grad(value, (0, 1)))(*at)
    h = 1e-5
    for i in range(2):
        up, down = (
            [
                a + s * h * t if j == i else a
                for j, (a, t) in enumerate(zip(at, toward, strict=True))
            ]
            for s in (1, -1)
        )
        wanted = (value(*up) - value(*down)) / (2 * h)
        assert float((slopes[i] * toward[i]).sum()) == pytest.approx(float(wanted), rel=1e-6)


def test_the_rim_absorbs_and_long_runs_stay_bounded() -> None:
    steps = 1500
    pulse = jnp.zeros((1, steps, 2)).at[:, :20].set(1.0)
    traces = np.asarray(eqx.filter_jit(MEDIUM.traces)(pulse))
    assert traces.shape == (1, steps, 5)
    early, late = np.abs(traces[0, :200]).max(), np.abs(traces[0, -100:]).max()
    assert late < 1e-3 * early
    strong = np.asarray(run(MEDIUM, jnp.full((1, 4), 50.0)))
    assert np.isfinite(strong).all()


def test_power_at_the_microphones_is_what_they_read() -> None:
    x = jnp.asarray(RANDOM.normal(size=(2, 4)), jnp.float32)
    power = np.asarray(eqx.filter_jit(MEDIUM.power)(x))
    assert power.shape == (2, 20, 14)
    rows, columns = MEDIUM.microphones.T
    np.testing.assert_allclose(MEDIUM.gain * power[:, rows, columns], run(MEDIUM, x), rtol=1e-5)
    heard = np.asarray(eqx.filter_jit(MEDIUM.traces)(MEDIUM.signals(x)))
    np.testing.assert_allclose(MEDIUM.gain * (heard**2).mean(1), run(MEDIUM, x), rtol=1e-4)


def test_whole_numbers_drive_as_floating_ones_do() -> None:
    whole = jnp.asarray([[1, 0, -2, 1]])
    np.testing.assert_array_equal(run(MEDIUM, whole), run(MEDIUM, whole.astype(jnp.float32)))


def test_what_it_cannot_compute_is_refused() -> None:
    with pytest.raises(OptionError, match="a CFL number of at most 1"):
        replace(MEDIUM, speed=2 * MEDIUM.speed).check()
    with pytest.raises(OptionError, match="speed above 0"):
        replace(MEDIUM, damping=MEDIUM.damping - 1).check()
    with pytest.raises(OptionError, match=r"\(n, 4\)"):
        MEDIUM(jnp.ones((2, 3)))
    with pytest.raises(OptionError, match=r"\(n, time, 2\)"):
        MEDIUM.listen(jnp.ones((2, 3)))
