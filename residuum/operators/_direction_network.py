"""The convolutional network of the deep conjugate direction method, on grids of any size."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.blocks import (
    Block,
    Chain,
    Convolution,
    Dense,
    Edge,
    Rectifier,
    convolution,
    dense,
)

COARSEST = 4
"""The shortest side of a grid that is halved no further."""


class DirectionNetwork(eqx.Module):
    """A residual on a grid to a direction on the same grid.

    A linear convolution lifts the residual to features. Pairs of convolutions with a rectifier
    between them, each added to what it takes, work on the grid; the mean over 2 × 2 (× 2) cells
    goes down, is worked on there, comes back by linear interpolation and is added; more pairs
    follow; one linear map per cell ends it. With ``levels=1`` this is the network of the paper, but
    for the interpolation (repetition there). With more, the part in the middle is the same again,
    with the same weights, on ever coarser grids, so that the reach of the network grows with the
    grid and its weights do not. Features are set to zero in obstacles after every pair.

    Args:
        first: 1 channel to C.
        before, bottom, after: pairs on the way down, on the coarsest grid, on the way up.
        carry: (C,) factors of what comes back from the coarser grid.
        last: C channels to 1.
        levels: how often the grid is halved; 0 for as often as its sides allow.
    """

    first: Convolution
    before: tuple[Block, ...]
    bottom: tuple[Block, ...]
    after: tuple[Block, ...]
    carry: Array
    last: Dense
    levels: int = eqx.field(static=True)

    def __call__(self, residual: Array, free: Array) -> Array:
        """Map (n, *grid) to (n, *grid); ``free`` is one on free cells and zero in obstacles."""
        depth = self.levels or halvings(free.shape)
        mask = _padded(free[None, ..., None], depth)
        features = self.first(_padded(residual[..., None], depth)) * mask
        found = self.last(self._cycle(features, mask, depth))[..., 0]
        inner = tuple(slice(side) for side in free.shape)
        return found[(slice(None), *inner)] * free

    def _cycle(self, features: Array, mask: Array, depth: int) -> Array:
        if depth == 0:
            return _worked(self.bottom, features, mask)
        features = _worked(self.before, features, mask)
        coarse = (_halved(mask) >= 0.5).astype(mask.dtype)
        below = self._cycle(_halved(features) * coarse, coarse, depth - 1)
        features = features + self.carry * _doubled(below) * mask
        return _worked(self.after, features, mask)


def direction_network(
    key: Array,
    edges: tuple[Edge, ...],
    *,
    channels: int,
    pairs: tuple[int, int, int],
    levels: int,
) -> DirectionNetwork:
    """Return a network that starts near the identity plus what the coarser grids add.

    Args:
        key: a key of JAX.
        edges: what lies beyond each axis of the grid.
        channels: features per cell.
        pairs: pairs of convolutions before, at the bottom, and after.
        levels: how often the grid is halved; 0 for as often as its sides allow.
    """
    ends, *middle = jax.random.split(key, 1 + sum(pairs))
    made = [_pair(channels, edges, part) for part in middle]
    first, last = jax.random.split(ends)
    lift, end = convolution(1, channels, edges, first, gain=1.0), dense(channels, 1, last)
    # Channel 0 starts as the residual itself, and the output as channel 0.
    centre = np.zeros(lift.kernel.shape[:-1])
    centre[(1,) * len(edges)] = 1.0
    lift = Convolution(jnp.asarray(lift.kernel).at[..., 0].set(centre), lift.bias, edges)
    end = Dense((0.1 * jnp.asarray(end.weight)).at[0].set(1.0), end.bias)
    a, b, _ = pairs
    return DirectionNetwork(
        lift,
        tuple(made[:a]),
        tuple(made[a : a + b]),
        tuple(made[a + b :]),
        # Cells twice as wide: the inverse of a Laplacian is four times as large.
        jnp.full(channels, 4.0),
        end,
        levels,
    )


def halvings(shape: tuple[int, ...]) -> int:
    """Return how often a grid is halved until its shortest side is at most ``COARSEST``."""
    return max(0, math.ceil(math.log2(min(shape) / COARSEST)))


def _pair(channels: int, edges: tuple[Edge, ...], key: Array) -> Chain:
    first, second = jax.random.split(key)
    # The second starts small, so that a deep sum of pairs starts near the identity.
    return Chain(
        (
            convolution(channels, channels, edges, first),
            Rectifier(channels),
            convolution(channels, channels, edges, second, gain=0.1),
        )
    )


def _worked(pairs: tuple[Block, ...], features: Array, mask: Array) -> Array:
    for pair in pairs:
        features = (features + pair(features)) * mask
    return features


def _padded(grid: Array, depth: int) -> Array:
    """Lengthen the sides of (n, *grid, c) to multiples of 2^depth by obstacle cells."""
    unit = 2**depth
    widths = [(0, 0), *((0, -side % unit) for side in grid.shape[1:-1]), (0, 0)]
    return jnp.pad(grid, widths)


def _halved(grid: Array) -> Array:
    """Return means over blocks of two cells a side."""
    for axis in range(1, grid.ndim - 1):
        shape = (*grid.shape[:axis], grid.shape[axis] // 2, 2, *grid.shape[axis + 1 :])
        grid = grid.reshape(shape).mean(axis=axis + 1)
    return grid


def _doubled(grid: Array) -> Array:
    """Return twice the cells a side, linear between the centres of the cells given."""
    for axis in range(1, grid.ndim - 1):
        side = grid.shape[axis]
        widths = [(0, 0)] * grid.ndim
        widths[axis] = (1, 1)
        wide = jnp.pad(grid, widths)
        below = jax.lax.slice_in_dim(wide, 0, side, axis=axis)
        above = jax.lax.slice_in_dim(wide, 2, side + 2, axis=axis)
        both = jnp.stack([0.75 * grid + 0.25 * below, 0.75 * grid + 0.25 * above], axis + 1)
        grid = both.reshape(*grid.shape[:axis], 2 * side, *grid.shape[axis + 1 :])
    return grid
