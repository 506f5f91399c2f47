"""Spiking memory units."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.memory import LeakyFire, SpikingLegendreUnit, spiking_legendre_unit
from residuum.blocks.memory._sequence import State
from residuum.blocks.memory._spiking import spike


def test_a_neuron_fires_as_the_equation_says() -> None:
    # v grows as 3 (1 - 2^-k): 1.5 fires at once. For 1.2: 0.6, 0.9, 1.05 fires at the third step.
    y = LeakyFire(2)(jnp.broadcast_to(jnp.array([3.0, 1.2]), (1, 9, 2)))
    np.testing.assert_array_equal(y[0, :, 0], 1.0)
    np.testing.assert_array_equal(y[0, :, 1], np.tile([0, 0, 1], 3))
    below = LeakyFire(1)(jnp.full((1, 50, 1), 0.99))
    assert not np.any(below)


def test_a_current_carries_over() -> None:
    x = jnp.zeros((1, 8, 1)).at[0, 0, 0].set(4.0)
    found = LeakyFire(1, kind="current")(x)[0, :, 0]
    # i = 4, 2, 1, …: v = 2 fires; v = 1 fires; v = 0.5, 0.5, … stays below.
    np.testing.assert_array_equal(found, [1, 1, 0, 0, 0, 0, 0, 0])


def test_the_stand_in_derivative_is_that_of_an_arctangent() -> None:
    v = jnp.array([-0.4, 0.0, 0.3])
    slope = jax.grad(lambda v: spike(v).sum())(v)
    exact = jax.grad(lambda v: jnp.sum(jnp.arctan(np.pi * v)) / np.pi)(v)
    np.testing.assert_allclose(slope, exact, rtol=1e-5)


@pytest.mark.parametrize("feedback", ["memory", "spikes"])
def test_everything_passed_on_is_a_spike_and_trains(feedback: str) -> None:
    unit = spiking_legendre_unit(2, 5, 7, order=3, window=9.0, feedback=feedback)  # type: ignore[arg-type]
    x = jnp.asarray(np.random.default_rng(8).normal(size=(2, 30, 2)), jnp.float32)
    value, slope = eqx.filter_value_and_grad(lambda part: jnp.mean(part(x)))(unit)
    y = unit(x)
    assert set(np.unique(y)) == {0.0, 1.0}
    assert 0.02 < float(value) < 0.98
    for leaf in jax.tree.leaves(slope):
        assert np.isfinite(leaf).all()
    assert np.abs(slope.encoder).max() > 0 and np.abs(slope.from_memory).max() > 0


def test_the_memory_of_spikes_follows_the_exact_one() -> None:
    unit = spiking_legendre_unit(1, 4, 7, channels=1, order=2, window=20.0)
    unit = eqx.tree_at(lambda u: u.encoder, unit, jnp.array([[3.0]]))
    x = jnp.asarray(np.sin(np.arange(80) / 8.0)[None, :, None], jnp.float32)
    state = unit.start(1)
    means = []
    for k in range(80):
        state, _ = unit.step(state, x[:, k])
        means.append(float(state[1][0, 0, 0]))
    # The zeroth coefficient is the mean of the signed spikes over the window: it swings with x.
    assert np.corrcoef(means[20:], np.convolve(x[0, :, 0], np.ones(20) / 20)[20:80])[0, 1] > 0.9


def test_a_memory_of_spikes_follows_the_exact_recurrence() -> None:
    exact = spiking_legendre_unit(1, 4, 7, channels=1, order=4, window=40.0)
    spikes = spiking_legendre_unit(1, 4, 7, channels=1, order=4, window=40.0, feedback="spikes")
    x = jnp.asarray(np.sin(np.arange(120) / 8.0)[:, None], jnp.float32)

    @eqx.filter_jit
    def memories(unit: SpikingLegendreUnit) -> jax.Array:
        def one(state: State, row: jax.Array) -> tuple[State, jax.Array]:
            state, _ = unit.step(state, row[None])
            return state, state[1][0, 0]

        return jax.lax.scan(one, unit.start(1), x)[1]

    gap = np.abs(memories(exact) - memories(spikes))
    # Each number moves by whole sixteenths; a few of these are how far it may be off.
    assert gap.max() < 4 / 16
    moved = np.diff(np.asarray(memories(spikes)), axis=0) * 16
    assert set(np.unique(moved)) <= {-1.0, 0.0, 1.0}


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="one step or more"):
        LeakyFire(1, time=0.5)
    with pytest.raises(OptionError, match="voltage or current"):
        LeakyFire(1, kind="charge")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="memory or spikes"):
        spiking_legendre_unit(1, 1, 7, feedback="both")  # type: ignore[arg-type]
