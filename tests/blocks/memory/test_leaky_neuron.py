"""Expressive leaky memory neuron."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.memory import leaky_memory, parameters


def test_a_step_is_the_equation() -> None:
    unit = leaky_memory(2, 1, 7, memories=3, copies=2, branches=2, synapse_time=4.0)
    random = np.random.default_rng(8)
    trace, memory, x = random.normal(size=(1, 4)), random.normal(size=(1, 3)), np.array([[0.5, -1]])
    keep = np.exp(-1 / np.asarray(unit.times()))
    new = np.exp(-1 / 4.0) * trace + 0.5 * np.tile(x, 2)
    branch = np.array([[new[0, :2].sum(), new[0, 2:].sum()]])
    inner = np.maximum(np.concatenate([branch, keep * memory], axis=1) @ unit.first.weight, 0)
    delta = np.tanh(inner @ np.asarray(unit.second.weight))
    after = keep * memory + 5.0 * (1 - keep) * delta
    given = tuple(jnp.asarray(part, jnp.float32) for part in (trace, memory))
    (found_trace, found), y = unit.step(given, jnp.asarray(x, jnp.float32))
    np.testing.assert_allclose(found_trace, new, atol=1e-6)
    np.testing.assert_allclose(found, after, atol=1e-5)
    np.testing.assert_allclose(y, after @ np.asarray(unit.read.weight), atol=1e-5)


def test_times_span_their_bounds_evenly() -> None:
    times = np.asarray(leaky_memory(1, 1, 7, memories=6, bounds=(1.0, 1000.0)).times())
    ratios = times[1:] / times[:-1]
    np.testing.assert_allclose(ratios, 1000 ** (1 / 6), rtol=1e-4)
    assert times[0] > 1 and times[-1] < 1000


def test_memories_are_bounded() -> None:
    unit = leaky_memory(1, 1, 7, memories=4)
    x = jnp.full((1, 400, 1), 100.0)
    (_, memory), _ = unit.step((jnp.zeros((1, 1)), jnp.zeros((1, 4))), x[:, 0])
    # |m| ≤ λ: each step is a mean of m and λ tanh.
    assert np.abs(memory).max() <= 5.0
    assert parameters(unit) == 1 + 4 + (5 * 8 + 8) + (8 * 4 + 4) + 5


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="divide the synapses"):
        leaky_memory(3, 1, 7, branches=2)
    with pytest.raises(OptionError, match="lower bound first"):
        leaky_memory(3, 1, 7, bounds=(10.0, 1.0))
