"""U-Net on grids of any size, with attention to channels and places."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Dense, Edge, coarser, dense, resized
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._grid_layers import (
    ConvolutionPair,
    SqueezeExcitation,
    channels_out,
    convolution_pair,
    extra,
    in_moments,
    require_side,
    squeeze_excitation,
    with_coordinates,
)


class UNetOperator(Operator):
    """The trained part of a ``UNet``; made by its recipe.

    Args:
        down: pairs of convolutions, finest first; the last one works on the coarsest grid.
        up: pairs on the way back, finest first.
        weigh: attention after every pair of ``down``, or nothing.
        last: linear map to the outputs.
        edges: what lies beyond the sides of each axis.
        times: moments given at once, 0 for none.
    """

    down: tuple[ConvolutionPair, ...]
    up: tuple[ConvolutionPair, ...]
    weigh: tuple[SqueezeExcitation, ...]
    last: Dense
    edges: tuple[Edge, ...] = eqx.field(static=True)
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        x, kept = with_coordinates(inputs, self.edges), []
        for level, pair in enumerate(self.down):
            if level:
                kept.append(x)
                x = resized(x, coarser(x.shape[1:-1], self.edges), self.edges)
            x = pair(x)
            if self.weigh:
                x = self.weigh[level](x)
        for pair, skip in zip(reversed(self.up), reversed(kept), strict=True):
            x = resized(x, skip.shape[1:-1], self.edges)
            x = pair(jnp.concatenate([x, skip], axis=-1))
        return in_moments(self.last(x), self.times)


@final
@dataclass(frozen=True)
class UNet(OperatorArchitecture):
    """Features on ever coarser grids and back, each level beside the one it came from.

    Pairs of convolutions with a norm per sample and GELU; means down, linear interpolation up; the
    channels double with every level. Edges are padded as the boundary asks, level sizes follow from
    the grid, so that any grid is taken; the answer is right on the grid trained on
    (``resampled`` carries kernels to another one).

    A strong default on processors. It breaks down where fine detail travels far in one step
    (``SineNet``) and where the grid changes.

    Args:
        width: channels on the finest grid; 16 for 1e3 samples of 32 x 32.
        levels: grids, the finest included.
        growth: factor of the channels from level to level.
        weighing: whether features are weighed by channel and by place.
        rank: of separable convolutions; 0 for dense ones.

    Raises:
        OptionError: an option is out of range.
    """

    width: int = 16
    levels: int = 3
    growth: float = 2.0
    weighing: bool = True
    rank: int = 0

    name: ClassVar[str] = "unet"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "u-net",
            "U-Net: Convolutional Networks for Biomedical Image Segmentation",
            "O. Ronneberger, P. Fischer, T. Brox",
            2015,
            "arXiv:1505.04597",
            "verified",
        ),
        *SqueezeExcitation.sources,
    )

    def __post_init__(self) -> None:
        whole(self, width=self.width, levels=self.levels)
        if not 1 <= self.growth <= 4 or self.rank < 0:
            got = f"growth {self.growth}, rank {self.rank}"
            raise OptionError("a growth from 1 to 4, a rank of zero or more", got, "2 and 0.")

    def build(self, frame: GridFrame, key: Key) -> UNetOperator:
        """Return the operator before training.

        Raises:
            OptionError: the grid is too small for so many levels.
        """
        require_side(frame.shape, 2**self.levels, "so many levels")
        widths = [round(self.width * self.growth**i) for i in range(self.levels)]
        before = [frame.inputs + extra(frame.edges), *widths[:-1]]
        keys = iter(jax.random.split(jax_key(key), 3 * self.levels))
        down = tuple(
            convolution_pair(a, b, frame.edges, next(keys), rank=self.rank)
            for a, b in zip(before, widths, strict=True)
        )
        up = tuple(
            convolution_pair(a + b, a, frame.edges, next(keys), rank=self.rank)
            for a, b in itertools.pairwise(widths)
        )
        weigh = tuple(squeeze_excitation(w, next(keys)) for w in widths) if self.weighing else ()
        last = dense(widths[0], channels_out(frame), next(keys))
        return UNetOperator(down, up, weigh, last, frame.edges, frame.times)
