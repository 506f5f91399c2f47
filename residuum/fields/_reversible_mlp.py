"""A deep network whose layers are undone on the way back: its gradient needs no memory by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Jet, Key, OptionError, Source, jax_key
from residuum.blocks import Block, Capability, Chain, Dense, Signature, Tanh, dense
from residuum.blocks.reversible import Coupling, Memory, ReversibleStack, reversible_stack
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._mlp import embedding, random_head

WAYS = ("stored", "checkpoints", "reversible")


@final
class ReversibleLayers(Block):
    """Features in two halves through a stack of couplings, values and derivatives alike.

    Args:
        stack: on (first half, second half).
        width: of the features, even.
    """

    stack: ReversibleStack
    width: int = eqx.field(static=True)

    @property
    def signature(self) -> Signature:
        return Signature(self.width, self.width, invertible=True)

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.stack.capabilities

    def __call__(self, x: Array) -> Array:
        return jnp.concatenate(self.stack(tuple(jnp.split(x, 2, axis=1))), axis=1)

    def inverse(self, y: Array) -> Array:
        """Return the features that give y."""
        return jnp.concatenate(self.stack.inverse(tuple(jnp.split(y, 2, axis=1))), axis=1)

    def jet(self, jet: Jet) -> Jet:
        half = self.width // 2
        one, two = self.stack(
            (jet.linear(lambda part: part[:, :half]), jet.linear(lambda part: part[:, half:]))
        )
        return Jet({k: jnp.concatenate([one.parts[k], two.parts[k]], axis=1) for k in one.parts})


@final
@dataclass(frozen=True)
class ReversibleMLP(Architecture):
    """Residual network of two streams: y_1 = x_1 + F(x_2), y_2 = x_2 + G(y_1), F and G with tanh.

    With ``memory="reversible"`` the features between layers, and their derivatives, are recomputed
    from those after them: a gradient needs as much memory at 64 layers as at 4. That gradient
    goes backwards alone: train it by a rule that goes down one (``Backpropagation``, ``Adam``,
    ``SOAP``), not by Gauss–Newton. Good for fields with many points or layers; shallow ones
    are no worse with ``MLP``.

    Args:
        width: neurons in each of the two streams.
        depth: couplings, of two branches each.
        frequencies, scale, harmonics: as for ``MLP``.
        memory: ``"stored"``, ``"checkpoints"`` or ``"reversible"``.
    """

    width: int = 20
    depth: int = 4
    frequencies: int = 0
    scale: float = 2.0
    harmonics: int = 3
    memory: Memory = "stored"

    name: ClassVar[str] = "reversible_mlp"
    sources: ClassVar[tuple[Source, ...]] = ReversibleStack.sources

    def __post_init__(self) -> None:
        if self.frequencies < 0 or self.memory not in WAYS:
            got = f"{self.frequencies} frequencies, memory {self.memory!r}"
            raise OptionError(f"zero frequencies or more, one of {WAYS}", got, "Correct them.")
        positive(self, scale=self.scale)
        whole(self, width=self.width, depth=self.depth, harmonics=self.harmonics)

    def trunk(self, frame: Frame, key: Key) -> Block:
        start = embedding(self, frame, key)
        first, *parts = jax.random.split(jax_key(key, 2), 1 + 2 * self.depth)
        wide = 2 * self.width
        layer = dense(start.signature.outputs, wide, first, spread=1.0)
        branches = [self._branch(part) for part in parts]
        couplings = [Coupling((one, two)) for one, two in zip(*[iter(branches)] * 2, strict=True)]
        probe = jax.random.normal(jax_key(key, 3), (2, 8, self.width))
        stack = reversible_stack(couplings, (probe[0], probe[1]), drift="nan", memory=self.memory)
        return Chain((start, layer, Tanh(wide), ReversibleLayers(stack, wide)))

    def _branch(self, key: Array) -> Chain:
        first, second = jax.random.split(key)
        last = dense(self.width, self.width, second)
        # So that features keep their size through any number of layers.
        last = Dense(last.weight / math.sqrt(2 * self.depth), last.bias)
        return Chain((dense(self.width, self.width, first), Tanh(self.width), last))

    def head(self, features: int, outputs: int, key: Key) -> Array:
        return random_head(features, outputs, key)
