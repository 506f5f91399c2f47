"""Inverted bottlenecks: their sums are those of plain convolutions, right in any dimension."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum.blocks import Edge
from residuum.blocks._correlation import shifted_products
from residuum.blocks.reversible import depthwise, inverted_bottleneck


@pytest.mark.parametrize("edges", [("wrap",), ("copy", "zero"), ("zero", "wrap", "copy")])
def test_the_sum_and_its_gradient(edges: tuple[Edge, ...]) -> None:
    random = np.random.default_rng(71)
    shape = (2, *(4, 5, 3)[: len(edges)], 2)
    x = jnp.asarray(random.normal(size=shape), jnp.float32)
    kernel = jnp.asarray(random.normal(size=(*(3,) * len(edges), 2)), jnp.float32)
    weigh = jnp.asarray(random.normal(size=shape), jnp.float32)

    def slopes(rule: object) -> object:
        assert callable(rule)
        return jax.grad(lambda x, k: (weigh * rule(x, k, edges)).sum(), argnums=(0, 1))(x, kernel)

    found, true = jax.jit(lambda: (slopes(depthwise), slopes(shifted_products)))()
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_streams_keep_their_size() -> None:
    x = jax.random.normal(jax.random.key(5), (2, 12, 12, 8))
    branch = inverted_bottleneck(8, ("wrap", "zero"), jax.random.key(6), gain=0.5)
    assert 0.1 < float(jnp.var(branch(x))) < 1.5
