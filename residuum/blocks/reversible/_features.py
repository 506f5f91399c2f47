"""Reversible features at points: a block for fields, whose jets go through the same stack."""

from __future__ import annotations

import math

import jax
from jax import Array

from residuum._core import Jet, OptionError
from residuum._core._jet import concatenate
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._activation import Tanh
from residuum.blocks._chain import Chain
from residuum.blocks._dense import Dense, dense
from residuum.blocks.reversible._coupling import Coupling
from residuum.blocks.reversible._stack import Memory, ReversibleStack, reversible_stack


class ReversibleFeatures(Block):
    """Features in two halves through a reversible stack: (n, width) to (n, width).

    The gradient of a residual needs the values and derivatives of one layer alone, at any depth.

    Args:
        stack: of couplings on two parts whose branches are blocks.
        width: even.
    """

    stack: ReversibleStack
    width: int

    @property
    def signature(self) -> Signature:
        return Signature(self.width, self.width, invertible=True)

    def __call__(self, x: Array) -> Array:
        half = self.width // 2
        found = self.stack((x[:, :half], x[:, half:]))
        return jax.numpy.concatenate(found, axis=1)

    def inverse(self, y: Array) -> Array:
        """Return the features whose image is given."""
        half = self.width // 2
        return jax.numpy.concatenate(self.stack.inverse((y[:, :half], y[:, half:])), axis=1)

    def jet(self, jet: Jet) -> Jet:
        half = self.width // 2
        found = self.stack((jet[:, :half], jet[:, half:]))
        return concatenate(found)


def reversible_features(
    width: int, depth: int, key: Array, *, memory: Memory = "reversible"
) -> ReversibleFeatures:
    """Return ``depth`` couplings of two tanh branches each, small enough to keep features in size.

    Args:
        width: of the features, even.
        depth: number of couplings.
        key: of the weights.
        memory: as of ``reversible_stack``.

    Raises:
        OptionError: an odd width, or no coupling.
    """
    if width % 2 or min(width, depth) < 1:
        raise OptionError("an even width and a coupling or more", f"{width}, {depth}", "64, 4.")
    half, keys = width // 2, jax.random.split(key, (depth, 2))

    def branch(item: Array) -> Chain:
        first, second = jax.random.split(item)
        last = dense(half, half, second)
        last = Dense(last.weight / math.sqrt(2 * depth), last.bias)
        return Chain((dense(half, half, first), Tanh(half), last))

    steps = [Coupling((branch(row[0]), branch(row[1]))) for row in keys]
    shape = (jax.ShapeDtypeStruct((8, half), jax.numpy.float32),) * 2
    stack = reversible_stack(steps, shape, drift="nan", memory=memory)
    return ReversibleFeatures(stack, width)
