"""Splits in turn, with mixtures of candidates whose weights have the gradients of plain search."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import Mixture, MultiSplit, reversible_stack

from ._stacks import WIDTH, gradient, pair


def candidates(key: jax.Array) -> Mixture:
    weight = jax.random.normal(key, (WIDTH, WIDTH)) / 2
    return Mixture((jnp.tanh, jax.tree_util.Partial(jnp.matmul, b=weight)), jnp.zeros(2))


def test_logits_have_the_gradients_of_plain_search() -> None:
    """The claim: search and reversibility compose; gradients of the logits agree to 1e-4."""
    steps = MultiSplit(2, 3).couplings(candidates, jax.random.key(3))
    found, true = (
        gradient(reversible_stack(steps, pair(), memory=memory), pair())
        for memory in ("reversible", "stored")
    )
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_options() -> None:
    with pytest.raises(OptionError, match="two splits"):
        MultiSplit(1)
