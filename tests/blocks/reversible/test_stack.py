"""Stacks: memory that depth does not cost, checkpoints where they are needed, clear refusals."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import Coupling, reversible_march, reversible_stack

from ._stacks import additive, apart, branch, gradient, pair, temporary_bytes


def test_depth_costs_no_memory() -> None:
    """The claim: activations are not stored. A plain stack keeps those of every step."""
    state = pair(512)
    sizes = {
        memory: [
            temporary_bytes(
                reversible_stack([additive(i) for i in range(depth)], state, memory=memory), state
            )
            for depth in (4, 32)
        ]
        for memory in ("reversible", "stored")
    }
    # Weights are tiny beside the states here, so that the ratio is that of the states.
    assert sizes["reversible"][1] < 1.2 * sizes["reversible"][0]
    assert sizes["stored"][1] > 6 * sizes["stored"][0]


@pytest.mark.parametrize("way", [{}, {"checkpoint_every": 2}, {"carry_dtype": "float64"}])
def test_single_precision_gradients(way: dict[str, Any]) -> None:
    steps = [additive(i) for i in range(5)]
    stack = reversible_stack(steps, pair(), **way)
    plain = reversible_stack(steps, pair(), memory="stored")
    # Measured: 5e-7.
    assert apart(gradient(stack, pair()), gradient(plain, pair())) < 1e-5
    assert len(stack) == 5 and len(stack.couplings()) == 5


def test_checkpoints_come_where_a_skip_is_lossy() -> None:
    """Sixteen steps with skips of a half lose the input in float32 (measured: an error of 14)."""
    steps = [additive(i, 0.5) for i in range(16)]
    stack = reversible_stack(steps, pair())
    assert 0 < stack.checkpoint_every <= 8 and stack.round_trip <= 1e-4
    plain = reversible_stack(steps, pair(), memory="stored")
    assert apart(gradient(stack, pair()), gradient(plain, pair())) < 1e-3
    wide = reversible_stack(steps, pair(), carry_dtype="float64")
    assert wide.checkpoint_every == 0 or wide.checkpoint_every > stack.checkpoint_every


def test_a_gradient_is_never_wrong_in_silence() -> None:
    """Weights that grew after the self-test: the way back no longer finds the input."""
    stack = reversible_stack([additive(i) for i in range(6)], pair(), drift="nan")
    grown = jax.tree.map(lambda leaf: 300 * leaf if eqx.is_array(leaf) else leaf, stack)
    found = gradient(grown, (1e-6 * pair()[0], 1e-6 * pair()[1]))
    assert all(np.isnan(leaf).all() for leaf in jax.tree.leaves(found.groups))
    never = jax.tree.map(lambda leaf: jnp.nan * leaf if eqx.is_array(leaf) else leaf, stack)
    assert all(np.isnan(leaf).all() for leaf in jax.tree.leaves(gradient(never, pair()).groups))


def test_a_lost_input_is_told() -> None:
    stack = reversible_stack([additive(i) for i in range(6)], pair())
    grown = jax.tree.map(lambda leaf: jnp.nan * leaf if eqx.is_array(leaf) else leaf, stack)
    with pytest.raises(Exception, match="recomputed state within"):
        jax.block_until_ready(gradient(grown, pair()))


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="one coupling or more"):
        reversible_stack([], pair())
    with pytest.raises(OptionError, match="one step or more"):
        reversible_march(additive(3), 0, pair())
    with pytest.raises(OptionError, match="finite states of the probe"):
        reversible_stack([additive(3)], (pair()[0] * jnp.inf, pair()[1]))
    with pytest.raises(OptionError, match="between checkpoints"):
        reversible_stack([additive(3)], pair(), checkpoint_every=0)
    with pytest.raises(OptionError, match="a drive where"):
        reversible_stack([Coupling((branch(3), None))], pair())(pair(), drive=jnp.zeros(3))
