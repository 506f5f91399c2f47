"""Residual blocks in stages."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks import Capability, Composed, Tanh, dense, residual, residual_network, run

X = jnp.asarray(np.random.default_rng(71).normal(size=(5, 4)), jnp.float32)


def test_three_stages_are_the_block() -> None:
    layer = dense(4, 4, jax.random.key(5))
    stages = residual(layer, Tanh(4))
    np.testing.assert_allclose(run(stages, X), X + layer(jnp.tanh(X)), rtol=1e-6)
    kinds = [Capability.TRANSPOSE, Capability.ELEMENTWISE, Capability.TRANSPOSE]
    assert all(kind in stage.capabilities for kind, stage in zip(kinds, stages, strict=True))


def test_a_network_of_them_keeps_the_size_of_features() -> None:
    keys = jax.random.split(jax.random.key(5), 3)
    ends = dense(4, 64, keys[0]), dense(64, 2, keys[1])
    model = residual_network(ends[0], 8, ends[1], active=Tanh(64), key=keys[2])
    assert isinstance(model, Composed) and len(model.stages()) == 1 + 3 * 8 + 1
    before, after = ends[0](X).std(), run(model.stages()[:-1], X).std()
    assert 0.7 < float(after / before) < 2.0
    one, two = (jax.tree_util.tree_structure(model.stages()) for _ in range(2))
    assert str(one) == str(two) and hash(one) == hash(two)  # programs are found again
