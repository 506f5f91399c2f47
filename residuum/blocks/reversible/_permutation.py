"""Invertible rearrangements: blocks of nodes to channels, streams in turn, channels in halves."""

from __future__ import annotations

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._levels import beside
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._state import State


def _kept() -> Array:
    """log |det| of what moves numbers and changes none."""
    return jnp.zeros(())


class SpaceToDepth(Invertible):
    """Every part (n, *grid, c) to half the grid with 2^d c channels: nothing is lost.

    Raises:
        OptionError: a side is odd, when it is called.
    """

    def forward(self, state: State) -> tuple[State, Array]:
        for leaf in jax.tree.leaves(state):
            if any(side % 2 for side in leaf.shape[1:-1]):
                raise OptionError("even sides", str(leaf.shape[1:-1]), "Take another grid.")
        return jax.tree.map(beside, state), _kept()

    def inverse(self, image: State) -> State:
        return jax.tree.map(apart, image)


def apart(x: Array) -> Array:
    """Lay channels out as blocks of two nodes per axis: the inverse of ``beside``."""
    axes, nodes = x.ndim - 2, x.shape[1:-1]
    split = x.reshape(len(x), *nodes, *(2,) * axes, -1)
    order = [0, *itertools.chain(*((1 + i, 1 + axes + i) for i in range(axes))), 2 * axes + 1]
    return split.transpose(order).reshape(len(x), *(2 * m for m in nodes), -1)


class Rotation(Invertible):
    """The parts of a state in turn: (x_1, x_2, …) to (x_2, …, x_1)."""

    def forward(self, state: State) -> tuple[State, Array]:
        return (*state[1:], state[0]), _kept()

    def inverse(self, image: State) -> State:
        return (image[-1], *image[:-1])


class Halves(Invertible):
    """The last axis of an array in two: c to (⌈c / 2⌉, ⌊c / 2⌋), as two parts."""

    def forward(self, state: State) -> tuple[State, Array]:
        cut = math.ceil(state.shape[-1] / 2)
        return (state[..., :cut], state[..., cut:]), _kept()

    def inverse(self, image: State) -> State:
        return jnp.concatenate(image, axis=-1)


class Permutation(Invertible):
    """The last axis of an array in another order.

    Args:
        order: a permutation of the channels.

    Raises:
        OptionError: it is none.
    """

    order: np.ndarray = eqx.field(converter=np.asarray)

    def __check_init__(self) -> None:
        if sorted(self.order.tolist()) != list(range(len(self.order))):
            raise OptionError("a permutation", str(self.order), "Name every channel once.")

    def forward(self, state: State) -> tuple[State, Array]:
        return state[..., self.order], _kept()

    def inverse(self, image: State) -> State:
        return image[..., jnp.argsort(jnp.asarray(self.order))]


class Widening(Invertible):
    """Channels of zeros beside those of every part: injective, so that a gradient finds its way.

    It has no determinant: only the way back from an image is defined.

    Args:
        channels: how many are added.
    """

    channels: int = eqx.field(static=True)

    def forward(self, state: State) -> tuple[State, Array]:
        def wide(x: Array) -> Array:
            return jnp.pad(x, [*[(0, 0)] * (x.ndim - 1), (0, self.channels)])

        return jax.tree.map(wide, state), _kept()

    def inverse(self, image: State) -> State:
        return jax.tree.map(lambda x: x[..., : x.shape[-1] - self.channels], image)


class Inverted(Invertible):
    """The inverse of an invertible map, as a map.

    Args:
        map: what is inverted.
    """

    map: Invertible

    def forward(self, state: State) -> tuple[State, Array]:
        image = self.map.inverse(state)
        return image, -self.map.forward(image)[1]

    def inverse(self, image: State) -> State:
        return self.map.forward(image)[0]

    def smallest(self) -> float:
        return self.map.smallest()
