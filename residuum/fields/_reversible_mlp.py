"""A deep network whose layers are undone on the way back: its gradient needs no memory by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Block, Chain, Tanh, dense
from residuum.blocks.reversible import Memory, ReversibleStack, reversible_features
from residuum.fields._architecture import Architecture, Frame, positive, whole
from residuum.fields._mlp import embedding, random_head

WAYS = ("stored", "checkpoints", "reversible")


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
            raise OptionError(
                f"zero frequencies or more, memory one of {WAYS}",
                got,
                f"Correct {type(self).__name__}.",
            )
        positive(self, scale=self.scale)
        whole(self, width=self.width, depth=self.depth, harmonics=self.harmonics)

    def trunk(self, frame: Frame, key: Key) -> Block:
        start = embedding(self, frame, key)
        first, rest = jax.random.split(jax_key(key, 2))
        wide = 2 * self.width
        layer = dense(start.signature.outputs, wide, first, spread=1.0)
        layers = reversible_features(wide, self.depth, rest, memory=self.memory)
        return Chain((start, layer, Tanh(wide), layers))

    def head(self, features: int, outputs: int, key: Key) -> Array:
        return random_head(features, outputs, key)
