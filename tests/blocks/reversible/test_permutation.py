"""Rearrangements come back exactly."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks.reversible import Halves, Permutation, Rotation, SpaceToDepth, Widening


def grid(*shape: int) -> jnp.ndarray:
    return jnp.asarray(np.random.default_rng(67).normal(size=shape))


def test_blocks_of_nodes_become_channels() -> None:
    x = grid(2, 4, 6, 3)
    found = SpaceToDepth()((x,))
    assert found[0].shape == (2, 2, 3, 12)
    np.testing.assert_array_equal(found[0][:, 0, 0, :3], x[:, 0, 0])
    np.testing.assert_array_equal(SpaceToDepth().inverse(found)[0], x)
    with pytest.raises(OptionError, match="even sides"):
        SpaceToDepth()((grid(1, 5, 4, 1),))


def test_the_others() -> None:
    x = grid(3, 5)
    for step in (Halves(), Permutation(np.array([3, 1, 4, 0, 2]))):
        np.testing.assert_array_equal(step.inverse(step(x)), x)
    for pairs in (Rotation(), Widening(2)):
        found = pairs.inverse(pairs((x, 2 * x)))
        np.testing.assert_array_equal(found[0], x)
    with pytest.raises(OptionError, match="a permutation"):
        Permutation(np.array([0, 0]))
