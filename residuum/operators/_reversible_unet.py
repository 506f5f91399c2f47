"""A U-shaped operator of reversible inverted bottlenecks, on grids of one to three dimensions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Edge, Pointwise, coarser, pointwise, resized
from residuum.blocks.reversible import (
    Coupling,
    InvertedBottleneck,
    Memory,
    ReversibleStack,
    inverted_bottleneck,
    reversible_stack,
)
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._coordinates import coordinate_count, moments_first, with_coordinates
from residuum.operators._grid_layers import (
    channels_out,
    require_side,
)

PROBE = 8
"""Nodes per axis of the self-test: rounding hardly depends on the grid."""


class ReversibleUNetOperator(Operator):
    """The trained part of a ``ReversibleUNet``; made by its recipe.

    Args:
        lift: to the channels of the finest grid.
        down: stacks, finest first; the last one works on the coarsest grid.
        lower: maps of channels to the next grid.
        up: stacks on the way back, finest first.
        join: maps of raised features and skips to the channels of a grid.
        last: linear map to the outputs.
        edges: what lies beyond the sides of each axis.
        times: moments given at once, 0 for none.
    """

    lift: Pointwise
    down: tuple[ReversibleStack, ...]
    lower: tuple[Pointwise, ...]
    up: tuple[ReversibleStack, ...]
    join: tuple[Pointwise, ...]
    last: Pointwise
    edges: tuple[Edge, ...] = eqx.field(static=True)
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        x, kept = self.lift(with_coordinates(inputs, self.edges)), []
        for level, stack in enumerate(self.down):
            if level:
                kept.append(x)
                x = resized(x, coarser(x.shape[1:-1], self.edges), self.edges)
                x = self.lower[level - 1](x)
            x = _through(stack, x)
        levels = zip(reversed(self.up), reversed(self.join), reversed(kept), strict=True)
        for stack, join, skip in levels:
            x = resized(x, skip.shape[1:-1], self.edges)
            x = _through(stack, join(jnp.concatenate([x, skip], axis=-1)))
        return moments_first(self.last(x), self.times)


def _through(stack: ReversibleStack, x: Array) -> Array:
    half = x.shape[-1] // 2
    return jnp.concatenate(stack((x[..., :half], x[..., half:])), axis=-1)


@final
@dataclass(frozen=True)
class ReversibleUNet(OperatorArchitecture):
    """Reversible inverted bottlenecks on ever coarser grids and back, each level beside its like.

    On a grid the two halves of the channels are updated in turn by bottlenecks (wide at every node,
    small kernels channel by channel, channels weighed), which are undone on the way back: the
    memory of a step of training does not grow with ``blocks``. Only changes of the grid are kept.

    The first choice on volumes: more nodes in the same memory. On planes that fit in memory a
    ``UNet`` with dense kernels is as good and has fewer layers to go through.

    Args:
        width: channels on the finest grid; even. Good start: 16.
        levels: grids, the finest included.
        blocks: couplings of two bottlenecks on each level, down and up.
        growth: factor of the channels from level to level.
        expansion: factor of the channels inside a bottleneck.
        excite: whether channels are weighed by their means.
        memory: ``"reversible"``; ``"checkpoints"`` or ``"stored"`` for comparison.

    Raises:
        OptionError: an option is out of range.
    """

    width: int = 16
    levels: int = 3
    blocks: int = 2
    growth: float = 2.0
    expansion: int = 4
    excite: bool = True
    memory: Memory = "reversible"

    name: ClassVar[str] = "reversible_unet"
    sources: ClassVar[tuple[Source, ...]] = InvertedBottleneck.sources

    def __post_init__(self) -> None:
        counts = {"width": self.width, "levels": self.levels, "blocks": self.blocks}
        whole(self, **counts, expansion=self.expansion)
        if self.width % 2 or not 1 <= self.growth <= 4:
            got = f"width {self.width}, growth {self.growth}"
            raise OptionError("an even width, a growth from 1 to 4", got, "16 and 2.")
        if self.memory not in ("reversible", "checkpoints", "stored"):
            raise OptionError("'reversible', 'checkpoints' or 'stored'", self.memory, "Choose one.")

    def build(self, frame: GridFrame, key: Key) -> ReversibleUNetOperator:
        """Return the operator before training.

        Raises:
            OptionError: the grid is too small for so many levels.
        """
        require_side(frame.shape, 2**self.levels, "so many levels")
        widths = [2 * round(self.width * self.growth**i / 2) for i in range(self.levels)]
        keys = iter(jax.random.split(jax_key(key), 6 * self.levels))
        inputs = frame.inputs + coordinate_count(frame.edges)
        pairs = list(itertools.pairwise(widths))
        return ReversibleUNetOperator(
            lift=pointwise(inputs, widths[0], next(keys)),
            down=tuple(self._stack(w, frame, next(keys)) for w in widths),
            lower=tuple(pointwise(a, b, next(keys)) for a, b in pairs),
            up=tuple(self._stack(a, frame, next(keys)) for a, _ in pairs),
            join=tuple(pointwise(a + b, a, next(keys)) for a, b in pairs),
            last=pointwise(widths[0], channels_out(frame), next(keys)),
            edges=frame.edges,
            times=frame.times,
        )

    def _stack(self, width: int, frame: GridFrame, key: Array) -> ReversibleStack:
        keys = iter(jax.random.split(key, 2 * self.blocks))
        steps = [
            Coupling((self._branch(width, frame, keys), self._branch(width, frame, keys)))
            for _ in range(self.blocks)
        ]
        grid = tuple(min(side, PROBE) for side in frame.shape)
        probe = jax.ShapeDtypeStruct((1, *grid, width // 2), jnp.float32)
        return reversible_stack(steps, (probe, probe), drift="nan", memory=self.memory)

    def _branch(self, width: int, frame: GridFrame, keys: Iterator[Array]) -> InvertedBottleneck:
        return inverted_bottleneck(
            width // 2,
            frame.edges,
            next(keys),
            expansion=self.expansion,
            excite=self.excite,
            gain=0.5 / self.blocks,
        )
