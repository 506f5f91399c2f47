"""Trained layers made reversible: near their function, with adapters to train."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import reversible_wrap

from ._stacks import WIDTH, branch, pair


class Residual(eqx.Module):
    """x + branch(x) / 4."""

    branch: Chain

    def __call__(self, x: jax.Array) -> jax.Array:
        return x + 0.25 * self.branch(x)


LAYERS = [Residual(branch(i)) for i in range(4)]


def test_the_start_is_near_the_trained_layers() -> None:
    x, key = pair()[0], jax.random.key(3)
    near = reversible_wrap(LAYERS, x, key, narrow=2)
    published = reversible_wrap(LAYERS, x, key, narrow=2, start_preserving=False)
    # λ times the change of a layer, against λ times the features.
    assert near.departure < 0.3 * published.departure < 0.3
    trained = sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(near.stack, is_trained)))
    assert trained == 4 * (2 * WIDTH * 2 + WIDTH + 2)
    assert near.stack.carry_dtype == "float64" and near.stack.round_trip < 1e-4
    assert near(x).shape == x.shape


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="keep the shape"):
        reversible_wrap([lambda x: x[:, :2]], pair()[0], jax.random.key(3))
    with pytest.raises(OptionError, match="a scale from"):
        reversible_wrap(LAYERS, pair()[0], jax.random.key(3), scale=0.0)
    with pytest.raises(OptionError, match="layers"):
        reversible_wrap([], jnp.ones((2, 2)), jax.random.key(3))
