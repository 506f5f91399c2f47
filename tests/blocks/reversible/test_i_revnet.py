"""i-RevNet: two changes of resolution, nothing lost (the card: a round trip below 1e-5)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import IRevNet, reversible_stack


def test_two_halvings_come_back() -> None:
    probe = (jax.ShapeDtypeStruct((2, 16, 2), jnp.float32),) * 2
    steps = IRevNet((1, 1, 1)).couplings(2, ("wrap",), jax.random.key(3))
    stack = reversible_stack(steps, probe)
    assert stack.round_trip < 1e-5 and not stack.checkpoint_every
    assert jax.eval_shape(stack, probe)[0].shape == (2, 4, 8)
    with pytest.raises(OptionError, match="blocks in every stage"):
        IRevNet((2, 0))
