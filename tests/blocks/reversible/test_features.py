"""Reversible features: a field's jets go through the stack, and a residual has exact gradients."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Jet, OptionError
from residuum._core._jet import transport
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import ReversibleFeatures, reversible_features

JET = Jet(
    {
        (k,): None if k == 2 else jnp.asarray(np.random.default_rng(83 + k).normal(size=(5, 6)))
        for k in range(3)
    }
)


def stored(block: ReversibleFeatures) -> ReversibleFeatures:
    stack: Any = block.stack
    made = type(stack)(stack.groups, 0, "", stack.limit, "nan", "stored", stack.round_trip)
    return ReversibleFeatures(made, block.width)


def test_jets_and_gradients_of_a_residual() -> None:
    block = reversible_features(6, 3, jax.random.key(3))
    trained, fixed = eqx.partition(block, is_trained)

    def residual(block: ReversibleFeatures) -> jax.Array:
        return (block.jet(JET).derivative((2,)) ** 2).sum()

    found = jax.jit(jax.grad(lambda leaves: residual(eqx.combine(leaves, fixed))))(trained)
    plain, other = eqx.partition(stored(block), is_trained)
    true = jax.jit(jax.grad(lambda leaves: residual(eqx.combine(leaves, other))))(plain)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * float(jnp.abs(b).max()))
    by_forward = transport(stored(block), JET).derivative((2,))
    np.testing.assert_allclose(block.jet(JET).derivative((2,)), by_forward, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(block.inverse(block(JET.value)), JET.value, atol=1e-4)


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="even width"):
        reversible_features(5, 2, jax.random.key(3))
