from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.blocks import DenoisingChain, Stage

X = jnp.asarray(np.random.default_rng(37).normal(size=(4, 3)), jnp.float32)


class Knows(Stage):
    """A block that tells the answer, the first two features, whatever the noise."""

    def __call__(self, state: Array) -> Array:
        return state[:, 2:4]


def test_the_chain_keeps_the_marginals_that_blocks_are_trained_on() -> None:
    chain = DenoisingChain((Knows(),) * 5, 2)
    g = chain.levels
    assert g[0] == 0.0 and g[-1] == pytest.approx(0.999) and list(g) == sorted(g)
    noise = jax.random.normal(jax.random.key(5), (4, 2))
    z, seen = noise, []
    for t in range(5):  # what block t is given
        seen.append(z)
        keep = np.sqrt((1 - g[t + 1]) / (1 - g[t]))
        z = (np.sqrt(g[t + 1]) - keep * np.sqrt(g[t])) * X[:, :2] + keep * z
        wanted = np.sqrt(g[t + 1]) * X[:, :2] + np.sqrt(1 - g[t + 1]) * noise
        assert np.allclose(z, wanted, atol=1e-5)
    assert np.array_equal(chain(X), X[:, :2])
    assert np.array_equal(chain.stochastic(X, jax.random.key(5)), X[:, :2])


def test_a_chain_needs_blocks() -> None:
    with pytest.raises(OptionError):
        DenoisingChain((), 2)
