"""Gated residual blocks that start as the identity."""

from __future__ import annotations

from jax import Array

from residuum._core import Jet
from residuum.blocks._abstract import Block, Signature


class ResidualGates(Block):
    """Three gated layers and a trained step towards them, block after block.

    U = a(x₀ W_u + b_u), V = a(x₀ W_v + b_v) of the input x₀, shared by all blocks; in each
    f = a(x W₁ + b₁), z = f·U + (1 - f)·V, g = a(z W₂ + b₂), z = g·U + (1 - g)·V,
    h = a(z W₃ + b₃), x ← x + α (h - x).
    With α = 0 at the start the output is the input, however many blocks there are.

    Args:
        first, second: affine blocks of U and V, from the input to the width.
        layers: three affine blocks each: input to width, width to width, width to input.
        alpha: one step per block, shape (blocks,).
        activation: elementwise block a.

    Source: S. Wang, B. Li, Y. Chen, P. Perdikaris, arXiv:2402.00326.
    """

    first: Block
    second: Block
    layers: tuple[tuple[Block, Block, Block], ...]
    alpha: Array
    activation: Block

    @property
    def signature(self) -> Signature:
        inputs = self.first.signature.inputs
        return Signature(inputs, inputs)

    def __call__(self, x: Array) -> Array:
        a = self.activation
        u, v = a(self.first(x)), a(self.second(x))
        for i, (one, two, three) in enumerate(self.layers):
            z = v + a(one(x)) * (u - v)
            z = v + a(two(z)) * (u - v)
            x = x + self.alpha[i] * (a(three(z)) - x)
        return x

    def jet(self, jet: Jet) -> Jet:
        a = self.activation
        u, v = a.jet(self.first.jet(jet)), a.jet(self.second.jet(jet))
        for i, (one, two, three) in enumerate(self.layers):
            z = v + a.jet(one.jet(jet)) * (u - v)
            z = v + a.jet(two.jet(z)) * (u - v)
            jet = jet + (a.jet(three.jet(z)) - jet) * self.alpha[i]
        return jet
