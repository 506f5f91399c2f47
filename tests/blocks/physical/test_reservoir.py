"""Reservoirs: spikes by the stated rule, memory that fades, no derivative."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.blocks.physical import (
    NotDifferentiable,
    drifted,
    echo_state,
    one_hot,
    ridge_readout,
    spiking_reservoir,
)
from residuum.datasets import VowelMaker

RANDOM = np.random.default_rng(43)
SIGNALS = RANDOM.normal(size=(3, 30, 4)).astype(np.float32)
RESERVOIR = spiking_reservoir(4, 60, key=7)


def by_hand() -> tuple[np.ndarray, np.ndarray]:
    """Counts and low passes by the equations, in NumPy and double precision."""
    leak, counts, lows = float(RESERVOIR.leak), np.zeros((3, 60)), []
    v = z = low = np.zeros((3, 60))
    for now in np.moveaxis(SIGNALS.astype(float), 1, 0):
        v = leak * v + now @ RESERVOIR.into + z @ RESERVOIR.recurrent + RESERVOIR.bias
        z = (v > 1) * 1.0
        v, low, counts = v * (1 - z), leak * low + z, counts + z
        lows.append(low)
    return counts, np.stack(lows, 1)


def test_spikes_are_those_of_the_equations() -> None:
    counts, lows = by_hand()
    np.testing.assert_allclose(RESERVOIR(jnp.asarray(SIGNALS)), counts, atol=1e-4)
    np.testing.assert_allclose(RESERVOIR.traces(jnp.asarray(SIGNALS)), lows, atol=1e-4)
    assert 0.5 < counts.mean() < 10 and RESERVOIR.capabilities == frozenset()


def test_weights_are_differences_of_lognormal_pairs_of_the_stated_size() -> None:
    made = spiking_reservoir(9, 400, key=11, into=0.3, recurrent=0.1)
    # 3,600 and 160,000 numbers with heavy tails.
    assert made.into.std() * 3 == pytest.approx(0.3, rel=0.08)
    assert made.recurrent.std() * 20 == pytest.approx(0.1, rel=0.02)
    heavy = np.mean(made.recurrent**4) / np.mean(made.recurrent**2) ** 2
    assert heavy > 3.3


def test_a_derivative_is_refused_not_zero() -> None:
    with pytest.raises(NotDifferentiable):
        jax.grad(lambda x: RESERVOIR(x).sum())(jnp.asarray(SIGNALS))
    with pytest.raises(NotDifferentiable):
        jax.grad(lambda x: RESERVOIR.traces(x).sum())(jnp.asarray(SIGNALS))


def test_echoes_fade() -> None:
    net = echo_state(4, 40, key=7, rate=0.5)
    assert np.abs(np.linalg.eigvals(net.recurrent)).max() == pytest.approx(0.9, rel=1e-4)
    long = np.concatenate([SIGNALS, np.zeros((3, 200, 4), np.float32)], axis=1)
    states = np.asarray(eqx.filter_jit(net.traces)(jnp.asarray(long)))
    assert np.abs(states[:, -1]).max() < 1e-2 * np.abs(states[:, 29]).max()
    assert net(jnp.asarray(SIGNALS)).shape == (3, 80)


@pytest.mark.slow
def test_spikes_tell_vowels_as_echoes_do_and_lose_to_lags_on_memory() -> None:
    sounds = VowelMaker(length=512).make(300, 13)
    cut = np.abs(np.fft.rfft(sounds.waves.reshape(300, 16, 32), axis=2))[:, :, 1:] ** 2
    heard = np.log(cut.reshape(300, 16, 8, 2).mean(3) + 1e-3)
    signal = jnp.asarray((heard - heard.mean((0, 1))) / heard.std((0, 1)), jnp.float32)
    truth = one_hot(sounds.labels, 3)

    def right(features: Array) -> float:
        head = ridge_readout(np.asarray(features)[:200], truth[:200])
        return float((np.asarray(head(features)).argmax(1) == sounds.labels)[200:].mean())

    spikes, echoes = (net(8, 200, key=7)(signal) for net in (spiking_reservoir, echo_state))
    # A hundred answers near 0.93 vary by 2.6 points each.
    assert right(spikes) > 0.85 and abs(right(spikes) - right(echoes)) < 0.08
    given = RANDOM.normal(size=(1, 900, 1)).astype(np.float32)
    wanted = np.roll(given[0], 3, axis=0)

    def missed(features: np.ndarray) -> float:
        head = ridge_readout(features[50:600], wanted[50:600])
        rest = np.asarray(head(jnp.asarray(features[600:]))) - wanted[600:]
        return float(rest.std() / wanted[600:].std())

    nets = spiking_reservoir(1, 200, key=7), echo_state(1, 200, key=7, rate=1.0)
    found = [missed(np.asarray(net.traces(jnp.asarray(given))[0])) for net in nets]
    lags = np.concatenate([np.roll(given[0], lag, axis=0) for lag in range(6)], axis=1)
    assert missed(lags) < 0.01 < found[1] < found[0] < 1


def test_wrong_use_is_refused() -> None:
    with pytest.raises(OptionError, match=r"\(n, time, 4\)"):
        RESERVOIR(jnp.ones((3, 4)))
    with pytest.raises(OptionError, match="a leak from 0 to below 1"):
        spiking_reservoir(2, 3, key=7, leak=1.0)
    with pytest.raises(OptionError, match="a leak from 0 to below 1"):
        drifted(spiking_reservoir(2, 3, key=7, leak=0.99), 7, 0.2, together=True) and drifted(
            spiking_reservoir(2, 3, key=7, leak=0.99), 9, 0.2, together=True
        )
    with pytest.raises(OptionError):
        echo_state(2, 3, key=7, rate=0.0)
