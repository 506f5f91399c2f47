"""A plain convolutional network: the simplest operator on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Stage, Step, grid_convolution, residual, run
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._grid_layers import Filter, applied, channels_out, last_of


class ConvolutionNetworkOperator(Operator):
    """The trained part of a ``ConvolutionNetwork``: convolutions with GELU between them.

    Every one but the first and the last is added to what it takes.
    """

    layers: tuple[Filter, ...]
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return first convolution, those that are added, activation, last convolution."""
        middle = self.layers[1:-1]
        inner = (stage for layer in middle for stage in residual(layer, jax.nn.gelu))
        last = Step(self.layers[-1], last_of, (self.times,), affine=True)
        return (
            Step(self.layers[0], applied, affine=True),
            *inner,
            Step((), _gelu, elementwise=True),
            last,
        )


def _gelu(_: tuple[()], x: Array) -> Array:
    return jax.nn.gelu(x)


@final
@dataclass(frozen=True)
class ConvolutionNetwork(OperatorArchitecture):
    """Convolutions, GELU between them, all on one grid.

    For maps whose answer at a point needs little more than its neighbourhood: a step in time.
    ``resampled`` carries it to another grid.

    Args:
        width: channels.
        depth: number of convolutions, two or more.
        side: of the kernels, odd. The reach is depth · (side - 1) / 2 nodes.
        rank: of separable convolutions; 0 for dense ones.

    Raises:
        OptionError: an option is out of range.
    """

    width: int = 16
    depth: int = 4
    side: int = 3
    rank: int = 0

    name: ClassVar[str] = "convolution_network"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "residual-network",
            "Deep Residual Learning for Image Recognition",
            "K. He, X. Zhang, S. Ren, J. Sun",
            2016,
            "arXiv:1512.03385",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        whole(self, width=self.width, depth=self.depth, side=self.side)
        if self.depth < 2 or self.side % 2 == 0 or self.rank < 0:
            got = f"depth {self.depth}, side {self.side}, rank {self.rank}"
            raise OptionError("two layers or more, an odd side, a rank from zero", got, "4, 3, 0.")

    def build(self, frame: GridFrame, key: Key) -> ConvolutionNetworkOperator:
        """Return the operator before training."""
        sizes = [frame.inputs, *[self.width] * (self.depth - 1), channels_out(frame)]
        keys = jax.random.split(jax_key(key), self.depth)
        last = self.depth - 1
        layers = tuple(
            grid_convolution(
                sizes[i],
                sizes[i + 1],
                frame.edges,
                keys[i],
                side=self.side,
                gain=1.0 if i in (0, last) else 0.5,
                rank=self.rank,
            )
            for i in range(self.depth)
        )
        return ConvolutionNetworkOperator(layers, frame.times)
