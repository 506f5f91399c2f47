"""U-Net on grids of any size, with attention to channels and places."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Dense, Edge, Stage, Step, coarser, dense, resized, run
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._coordinates import coordinate_count, with_coordinates
from residuum.operators._grid_layers import (
    ConvolutionPair,
    SqueezeExcitation,
    channels_out,
    convolution_pair,
    last_of,
    require_side,
    rising,
    squeeze_excitation,
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
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return the levels down and up, and the last map; the state is (features, *skips)."""
        weigh = self.weigh or (None,) * len(self.down)
        down = zip(self.down, weigh, strict=True)
        return (
            *(Step(p, _down, (self.edges, level == 0)) for level, p in enumerate(down)),
            *(Step(pair, rising, (self.edges,)) for pair in reversed(self.up)),
            Step(self.last, last_of, (self.times,), affine=True),
        )


def _down(parts: Any, state: Any, edges: tuple[Edge, ...], finest: bool) -> tuple[Array, ...]:
    pair, weigh = parts
    if finest:
        x, kept = with_coordinates(state, edges), ()
    else:
        x = resized(state[0], coarser(state[0].shape[1:-1], edges), edges)
        kept = state
    x = pair(x)
    return (x if weigh is None else weigh(x), *kept)


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
        before = [frame.inputs + coordinate_count(frame.edges), *widths[:-1]]
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
