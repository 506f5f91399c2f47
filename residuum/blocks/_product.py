"""Products of the features of two blocks, each of some of the coordinates."""

from __future__ import annotations

from typing import final

from jax import Array

from residuum._core import Jet, OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._bumps import outer


@final
class Product(Block):
    """φ_ij(a, b) = first_i(a) · second_j(b).

    Args:
        first: of the first columns of the input.
        second: of the columns after them.
    """

    first: Block
    second: Block

    def __check_init__(self) -> None:
        if not isinstance(self.first, Block) or not isinstance(self.second, Block):
            raise OptionError("two blocks", f"{self.first}, {self.second}", "Give blocks.")

    @property
    def signature(self) -> Signature:
        left, right = self.first.signature, self.second.signature
        return Signature(left.inputs + right.inputs, left.outputs * right.outputs)

    def __call__(self, x: Array) -> Array:
        split = self.first.signature.inputs
        left, right = self.first(x[:, :split]), self.second(x[:, split:])
        return (left[:, :, None] * right[:, None, :]).reshape(x.shape[0], -1)

    def jet(self, jet: Jet) -> Jet:
        split = self.first.signature.inputs
        return outer(self.first.jet(jet[:, :split]), self.second.jet(jet[:, split:]))
