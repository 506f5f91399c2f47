"""The socket of rules by stage: angles, slopes, refusals, what a descent asks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Gated, Tanh, dense
from residuum.learning import Adam, Backpropagation, DualPropagation
from residuum.learning._gradient_rule import (
    ahead,
    cosine,
    every_rule,
    name_of,
    own_slope,
    states_of,
    trained_part,
    zero_slope,
)


def test_the_cosine_of_trees() -> None:
    one = {"a": jnp.array([1.0, 0.0]), "b": jnp.array([2.0])}
    two = {"a": jnp.array([0.0, 3.0]), "b": jnp.array([2.0])}
    assert float(cosine(one, two)) == pytest.approx(4 / np.sqrt(5 * 13))
    still = jax.tree.map(jnp.zeros_like, one)
    assert float(cosine(still, still)) == 1 and float(cosine(one, still)) == 0
    assert float(cosine({}, {})) == 1


def test_the_two_ways_to_a_slope_agree() -> None:
    block = dense(3, 2, jax.random.key(5))
    x, error = jnp.ones((4, 3)), jnp.arange(8.0).reshape(4, 2)
    made, pull = ahead(block, x)
    slope, below = pull(error)
    np.testing.assert_allclose(made, block(x), rtol=1e-6)
    np.testing.assert_allclose(below, error @ block.weight.T, rtol=1e-5)
    np.testing.assert_allclose(slope.weight, x.T @ error, rtol=1e-5)
    np.testing.assert_allclose(own_slope(block, x, error).bias, error.sum(0), rtol=1e-6)
    still = jax.tree.leaves(zero_slope(block))
    assert [leaf.shape for leaf in still] == [(3, 2), (2,)] and not any(map(np.any, still))
    assert len(jax.tree.leaves(trained_part(block))) == 2
    assert len(states_of((block, Tanh(2)), x)) == 3


def test_a_rule_carries_a_descent() -> None:
    rule = DualPropagation(descent=Adam(steps=30, every=7, precision="float32"))
    assert (rule.steps, rule.every, rule.precision) == (30, 7, "float32")
    assert Backpropagation in set(every_rule())
    assert hash(rule) == hash(DualPropagation(descent=rule.descent))


def test_a_gated_network_is_refused_by_dual_propagation_in_words() -> None:
    first, second, third = (dense(3, 4, k) for k in jax.random.split(jax.random.key(5), 3))
    gated = Gated(first, second, (third,))
    with pytest.raises(OptionError, match="Backpropagation") as caught:
        DualPropagation().check((first, Tanh(4), gated))
    assert "stage 2 (Gated)" in str(caught.value) and name_of(gated) == "Gated"


def test_a_refusal_names_only_rules_that_take_the_stages() -> None:
    layer = dense(2, 3, jax.random.key(5))
    gate = Gated(layer, layer, (layer,))
    with pytest.raises(OptionError) as caught:
        DualPropagation().check((gate,))
    named = str(caught.value).split("Rules that would do: ")[1]
    assert "Backpropagation" in named and "BlockLocal" in named
    # These ask for a fixed point, a contrastive model and a chain that denoises.
    assert not any(word in named for word in ("Equilibrium", "LocalContrast", "NoProp"))
