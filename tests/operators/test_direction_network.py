"""The network of directions: shapes, obstacles, where it starts."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum.blocks import Edge
from residuum.operators import DirectionNetwork
from residuum.operators._direction_network import (
    _doubled,
    _halved,
    direction_network,
    halvings,
)

RANDOM = np.random.default_rng(47)


def made(axes: int, levels: int = 1) -> DirectionNetwork:
    zero: Edge = "zero"
    return direction_network(
        jax.random.key(51), (zero,) * axes, channels=4, pairs=(1, 1, 1), levels=levels
    )


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "levels"), [((9, 14), 0), ((10, 9), 2), ((5, 6, 7), 1)])
def test_directions_have_the_shape_of_residuals_and_vanish_in_obstacles(
    shape: tuple[int, ...], levels: int
) -> None:
    free = np.ones(shape, np.float32)
    free[2, 3:5] = 0.0
    residual = RANDOM.standard_normal((2, *shape)).astype(np.float32) * free
    network = jax.jit(made(len(shape), levels).__call__)
    found = np.asarray(network(jnp.asarray(residual), jnp.asarray(free)))
    assert found.shape == residual.shape
    assert np.isfinite(found).all()
    assert (found[:, free == 0] == 0).all() and found[:, free == 1].any()


def test_the_number_of_weights_does_not_depend_on_levels() -> None:
    arrays = [eqx.filter(made(2, level), eqx.is_array) for level in (0, 1, 3)]
    sizes = {sum(leaf.size for leaf in jax.tree.leaves(tree)) for tree in arrays}
    # Two ends, three pairs of two 3 × 3 convolutions of 4 channels, and the carried factors.
    assert sizes == {(9 * 4 + 4) + (4 + 1) + 3 * 2 * (9 * 16 + 4) + 4}


def test_means_go_down_and_lines_come_back() -> None:
    """The mean of a linear function is its value at the centre, and lines are interpolated."""
    x = jnp.arange(16.0)[None, :, None]
    coarse = _halved(x)
    np.testing.assert_allclose(coarse[0, :, 0], np.arange(0.5, 16, 2))
    np.testing.assert_allclose(_doubled(coarse)[0, 1:-1, 0], np.arange(1.0, 15.0))


@pytest.mark.parametrize(("shape", "count"), [((4, 4), 0), ((5, 9), 1), ((64, 64), 4), ((3,), 0)])
def test_halvings(shape: tuple[int, ...], count: int) -> None:
    assert halvings(shape) == count
