"""A block between jets."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import _jet as jets
from residuum.blocks import Capability, Jets, Tanh, dense


def test_every_jet_is_carried() -> None:
    points = jnp.asarray(np.random.default_rng(67).normal(size=(4, 2)), jnp.float32)
    state = (jets.coordinates(points, [(2, 0)]), jets.coordinates(points[:1], [(0, 1)]))
    block = dense(2, 3, jax.random.key(5))
    one, two = Jets(block)(state)
    np.testing.assert_array_equal(one.value, block(points))
    assert one.indices == state[0].indices and two.value.shape == (1, 3)
    assert Jets(block).capabilities == block.capabilities
    assert Capability.ELEMENTWISE in Jets(Tanh(2)).capabilities
