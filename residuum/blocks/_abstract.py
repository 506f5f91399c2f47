"""The block: what every learned model is made of."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
from jax import Array

from residuum._core import Jet
from residuum._core._jet import transport
from residuum.blocks._stage import AFFINE, DIFFERENTIABLE, Capability, Stage


@dataclass(frozen=True)
class Signature:
    """What a block takes and gives.

    Args:
        inputs: number of features in.
        outputs: number of features out.
        linear: whether the block is affine in its input.
        invertible: whether it can be undone.
    """

    inputs: int
    outputs: int
    linear: bool = False
    invertible: bool = False


def is_trained(leaf: Any) -> bool:
    """Whether a leaf is trained: JAX arrays of real numbers are, NumPy arrays are constants."""
    return isinstance(leaf, jax.Array) and eqx.is_inexact_array(leaf)


class Block(Stage):
    """A function of features, applied to each point on its own.

    Arrays of JAX are trained; NumPy arrays are constants.
    """

    @property
    @abstractmethod
    def signature(self) -> Signature:
        """What the block takes and gives."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Gradients, and products with its transpose where it is affine."""
        return AFFINE if self.signature.linear else DIFFERENTIABLE

    @abstractmethod
    def __call__(self, x: Array) -> Array:
        """Map features of shape (n, inputs) to (n, outputs)."""

    def jet(self, jet: Jet) -> Jet:
        """Carry value and derivatives through the block.

        The default is nested forward differentiation, right for every block; a block with a known
        rule overrides it with the faster exact one.
        """
        return transport(self, jet)
