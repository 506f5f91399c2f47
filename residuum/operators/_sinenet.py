"""SineNet: several thin U-Nets in sequence in place of one."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Edge, Stage, Step, coarser, grid_convolution, resized, run
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._grid_layers import (
    ConvolutionPair,
    Filter,
    added,
    applied,
    channels_out,
    convolution_pair,
    last_of,
    require_side,
)


class Wave(eqx.Module):
    """A thin U-Net whose coarser levels also see what the wave began with, not worked on.

    Args:
        down: pairs, finest first; from the second on they take worked and unworked features.
        up: pairs on the way back, finest first.
        edges: what lies beyond the sides of each axis.
    """

    down: tuple[ConvolutionPair, ...]
    up: tuple[ConvolutionPair, ...]
    edges: tuple[Edge, ...] = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        start, kept = x, []
        for level, pair in enumerate(self.down):
            if level:
                kept.append(x)
                shape = coarser(x.shape[1:-1], self.edges)
                x, start = resized(x, shape, self.edges), resized(start, shape, self.edges)
                x = jnp.concatenate([x, start], axis=-1)
            x = pair(x)
        for pair, skip in zip(reversed(self.up), reversed(kept), strict=True):
            x = resized(x, skip.shape[1:-1], self.edges)
            x = pair(jnp.concatenate([x, skip], axis=-1))
        return x


class SineNetOperator(Operator):
    """The trained part of a ``SineNet``: first convolution, waves added in turn, last one."""

    first: Filter
    waves: tuple[Wave, ...]
    last: Filter
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return first convolution, waves, last convolution."""
        waves = (Step(wave, added) for wave in self.waves)
        last = Step(self.last, last_of, (self.times,), affine=True)
        return (Step(self.first, applied, affine=True), *waves, last)


@final
@dataclass(frozen=True)
class SineNet(OperatorArchitecture):
    """h ← h + U_w(h) for waves w = 1 … K, between two convolutions.

    What moves between input and output meets its own trace on the skips of a U-Net at the wrong
    place. With K waves each has to bridge only part of the way.

    Made for one step of an evolving problem in which features move by several nodes. It has no
    advantage for small steps. Edges are padded as the boundary asks: zeros around a periodic box
    cost a factor of 1.5 to 2.4 in the source.

    Args:
        width: channels on the finest grid.
        waves: K. At equal weights 4 to 8 were best in the source.
        levels: grids of a wave.
        growth: factor of the channels from level to level; less for more waves.
        rank: of separable convolutions; 0 for dense ones.

    Raises:
        OptionError: an option is out of range.
    """

    width: int = 12
    waves: int = 4
    levels: int = 3
    growth: float = 1.5
    rank: int = 0

    name: ClassVar[str] = "sinenet"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "sinenet",
            "SineNet: Learning Temporal Dynamics in Time-Dependent Partial Differential Equations",
            "X. Zhang, J. Helwig, Y. Lin, Y. Xie, C. Fu, S. Wojtowytsch, S. Ji",
            2024,
            "arXiv:2403.19507",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        whole(self, width=self.width, waves=self.waves, levels=self.levels)
        if not 1 <= self.growth <= 4 or self.rank < 0:
            got = f"growth {self.growth}, rank {self.rank}"
            raise OptionError("a growth from 1 to 4, a rank of zero or more", got, "1.5 and 0.")

    def build(self, frame: GridFrame, key: Key) -> SineNetOperator:
        """Return the operator before training.

        Raises:
            OptionError: the grid is too small for so many levels.
        """
        require_side(frame.shape, 2**self.levels, "so many levels")
        begin, end, *keys = jax.random.split(jax_key(key), 2 + self.waves)
        first = grid_convolution(frame.inputs, self.width, frame.edges, begin, gain=1.0)
        outputs = channels_out(frame)
        last = grid_convolution(self.width, outputs, frame.edges, end, gain=1.0 / self.waves)
        waves = tuple(self._wave(frame.edges, item) for item in keys)
        return SineNetOperator(first, waves, last, frame.times)

    def _wave(self, edges: tuple[Edge, ...], key: Array) -> Wave:
        widths = [math.floor(self.width * self.growth**i) for i in range(self.levels)]
        keys = iter(jax.random.split(key, 2 * self.levels))
        before = [self.width, *(w + self.width for w in widths[:-1])]
        down = tuple(
            convolution_pair(a, b, edges, next(keys), rank=self.rank)
            for a, b in zip(before, widths, strict=True)
        )
        up = tuple(
            convolution_pair(a + b, a, edges, next(keys), rank=self.rank)
            for a, b in itertools.pairwise(widths)
        )
        return Wave(down, up, edges)
