"""Blocks one after another, and the gated chain of the modified multilayer network."""

from __future__ import annotations

from jax import Array

from residuum._core import Jet
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._activation import Tanh
from residuum.blocks._dense import Dense
from residuum.blocks._stage import Stage


class Chain(Block):
    """Blocks applied one after another."""

    blocks: tuple[Block, ...]

    @property
    def signature(self) -> Signature:
        parts = [block.signature for block in self.blocks]
        return Signature(
            parts[0].inputs,
            parts[-1].outputs,
            linear=all(part.linear for part in parts),
            invertible=all(part.invertible for part in parts),
        )

    def stages(self) -> tuple[Stage, ...]:
        """Return the blocks, those of inner chains one by one."""
        return tuple(stage for block in self.blocks for stage in block.stages())

    def __call__(self, x: Array) -> Array:
        for block in self.blocks:
            x = block(x)
        return x

    def jet(self, jet: Jet) -> Jet:
        for block in self.blocks:
            jet = block.jet(jet)
        return jet


class Gated(Block):
    """Dense layers whose outputs blend two encodings of the input.

    U = tanh(x W_u + b_u), V = tanh(x W_v + b_v); h ← tanh(h W + b); h ← h·U + (1 - h)·V.

    Args:
        first, second: the dense blocks of the two encodings, of equal width.
        layers: dense blocks; the first takes the input, the others that width.

    Source: S. Wang, Y. Teng, P. Perdikaris, SIAM J. Sci. Comput. 43 (2021).
    """

    first: Dense
    second: Dense
    layers: tuple[Dense, ...]

    @property
    def signature(self) -> Signature:
        return Signature(self.first.signature.inputs, self.first.signature.outputs)

    def __call__(self, x: Array) -> Array:
        tanh = Tanh(self.signature.outputs)
        u, v, h = tanh(self.first(x)), tanh(self.second(x)), x
        for layer in self.layers:
            h = tanh(layer(h))
            h = v + h * (u - v)
        return h

    def jet(self, jet: Jet) -> Jet:
        tanh = Tanh(self.signature.outputs)
        u, v, h = tanh.jet(self.first.jet(jet)), tanh.jet(self.second.jet(jet)), jet
        for layer in self.layers:
            h = tanh.jet(layer.jet(h))
            h = v + h * (u - v)
        return h
