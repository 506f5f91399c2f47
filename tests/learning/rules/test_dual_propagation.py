"""Dual propagation: the figures of the card, and what it cannot take."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Rectifier, Tanh, dense, residual_network
from residuum.learning import DualPropagation, Task
from residuum.learning._gradient_rule import cosine
from residuum.learning.rules import Backpropagation


def angles(rule: DualPropagation, width: int = 32) -> list[float]:
    """Return the cosine with backpropagation by layer: three layers, errors of size one."""
    keys = jax.random.split(jax.random.key(41), 3)
    sizes = ((10, width), (width, width), (width, 5))
    layers = [dense(a, b, k) for (a, b), k in zip(sizes, keys, strict=True)]
    chain = Chain((layers[0], Tanh(width), layers[1], Tanh(width), layers[2]))
    draw = np.random.default_rng(43).normal
    x, y = (jnp.asarray(draw(size=(20, n)), jnp.float32) for n in (10, 5))
    task = Task(lambda found: 0.5 * ((found - y) ** 2).sum(-1).mean())
    given = (chain.stages(), x, task)
    mine = rule.gradient(*given, memory=(), key=keys[0]).slopes
    true = Backpropagation().gradient(*given, memory=(), key=keys[0]).slopes
    return [float(cosine(mine[i], true[i])) for i in (0, 2, 4)]


def test_centred_nudges_are_right_at_any_size_of_the_card() -> None:
    # The card nudges errors of about 0.4 by 0.025 to 1 of themselves.
    for beta in (0.01, 0.1, 0.4):
        assert min(angles(DualPropagation(beta=beta))) > 0.9999
    assert min(angles(DualPropagation(beta=0.1, rounds=5))) > 0.999


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_one_sided_nudges_are_worse_and_still_close(alpha: float) -> None:
    small, large = (min(angles(DualPropagation(alpha, beta))) for beta in (0.04, 0.4))
    # The card has 0.9998 and 0.982.
    assert small > 0.9997 and 0.97 < large < small


def test_residual_blocks_are_affine_and_elementwise() -> None:
    keys = jax.random.split(jax.random.key(47), 3)
    ends = dense(4, 6, keys[0]), dense(6, 2, keys[1])
    model = residual_network(ends[0], 3, ends[1], active=Tanh(6), key=keys[2])
    x = jnp.asarray(np.random.default_rng(53).normal(size=(8, 4)), jnp.float32)
    rule, given = DualPropagation(beta=0.0), (model.stages(), x, Task(lambda y: (y**3).sum()))
    rule.check(given[0])
    mine = rule.gradient(*given, memory=(), key=keys[0]).slopes
    true = Backpropagation().gradient(*given, memory=(), key=keys[0]).slopes
    for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(true), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)


def test_a_kink_needs_no_derivative() -> None:
    chain = Chain((dense(4, 6, jax.random.key(3)), Rectifier(6), dense(6, 2, jax.random.key(4))))
    x = jnp.asarray(np.random.default_rng(53).normal(size=(40, 4)), jnp.float32)
    given = (chain.stages(), x, Task(lambda y: (y**2).mean()))
    mine = DualPropagation(beta=0.01).gradient(*given, memory=(), key=jax.random.key(3)).slopes
    true = Backpropagation().gradient(*given, memory=(), key=jax.random.key(3)).slopes
    assert float(cosine(mine, true)) > 0.999


def test_no_error_gives_no_slope_and_wrong_options_are_refused() -> None:
    layer = dense(3, 2, jax.random.key(3))
    still = Task(lambda y: 0 * y.sum())
    given = ((layer,), jnp.ones((2, 3)), still)
    slope = DualPropagation().gradient(*given, memory=(), key=jax.random.key(3))
    assert not np.any(slope.slopes[0].weight) and np.isfinite(slope.slopes[0].weight).all()
    for wrong in ({"alpha": 1.5}, {"beta": -1.0}, {"rounds": 0}):
        with pytest.raises(OptionError):
            DualPropagation(**wrong)
