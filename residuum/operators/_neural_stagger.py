"""NeuralStagger: interleaved coarse fields and sub-steps, a small network for each."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import ClassVar, final

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Edge
from residuum.blocks._correlation import MODES
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._convolution_network import ConvolutionNetwork


class NeuralStaggerOperator(Operator):
    """The trained part of a ``NeuralStagger``; made by its recipe.

    Args:
        parts: the operators of every moment and of every coarse field, in the order of
            ``interleaved``.
        stride: s; there are s^d coarse fields.
        sees: whether a part is given every coarse field or its own alone.
        edges: how the grid is lengthened to a multiple of s.
        times: moments given at once, 0 for none.
    """

    parts: tuple[tuple[Operator, ...], ...]
    stride: int = eqx.field(static=True)
    sees: str = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        shape = inputs.shape[1:-1]
        x = inputs
        for axis, edge in enumerate(self.edges, start=1):
            widths = [(0, 0)] * x.ndim
            widths[axis] = (0, -x.shape[axis] % self.stride)
            x = jnp.pad(x, widths, mode=MODES[edge])
        fields = interleaved(x, self.stride)
        every = jnp.concatenate(fields, axis=-1)
        given = [every] * len(fields) if self.sees == "all" else fields
        inner = (slice(None), *(slice(m) for m in shape))
        moments = [
            woven([part(f) for part, f in zip(row, given, strict=True)], self.stride)[inner]
            for row in self.parts
        ]
        return jnp.stack(moments, axis=1) if self.times else moments[0]


@final
@dataclass(frozen=True)
class NeuralStagger(OperatorArchitecture):
    """u_i(x) = u(s x + i): one small operator per coarse field i and per moment, trained together.

    The parts are independent: each can run on a device of its own, on 1 / s^d of the nodes. They
    are trained through the woven answer, with labels or with the residual of the fine grid alone.

    A part that sees its own field alone sees a signal with folded frequencies; ``sees="all"`` gives
    it the others as channels, for s^d times the weights of its first layer. On one processor there
    is nothing to gain: the work is about the same as of one network on the fine grid.

    Args:
        stride: s.
        part: recipe of the operator on a coarse field.
        sees: ``"own"``, as published, or ``"all"``.

    Raises:
        OptionError: an option is out of range.
    """

    stride: int = 2
    part: OperatorArchitecture = field(default_factory=ConvolutionNetwork)
    sees: str = "own"

    name: ClassVar[str] = "neural_stagger"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "neural-stagger",
            "NeuralStagger: Accelerating Physics-constrained Neural PDE Solver with "
            "Spatial-temporal Decomposition",
            "X. Huang, W. Shi, Q. Meng, Y. Wang, X. Gao, J. Zhang, T.-Y. Liu",
            2023,
            "arXiv:2302.10255",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        whole(self, stride=self.stride)
        if self.sees not in ("own", "all"):
            raise OptionError("'own' or 'all'", repr(self.sees), "Say what a part sees.")

    def build(self, frame: GridFrame, key: Key) -> NeuralStaggerOperator:
        """Return the operator before training.

        Raises:
            OptionError: the recipe of the parts cannot work on so coarse a grid.
        """
        count = self.stride ** len(frame.shape)
        coarse = replace(
            frame,
            shape=tuple(math.ceil(m / self.stride) for m in frame.shape),
            inputs=frame.inputs * (count if self.sees == "all" else 1),
            times=0,
        )
        parts = tuple(
            tuple(self.part.build(coarse, jax_key(key, moment, i)) for i in range(count))
            for moment in range(max(1, frame.times))
        )
        return NeuralStaggerOperator(parts, self.stride, self.sees, frame.edges, frame.times)


def interleaved(x: Array, stride: int) -> list[Array]:
    """Return the coarse fields of (n, *grid, c): every s-th node from each of s^d places."""
    starts = itertools.product(range(stride), repeat=x.ndim - 2)
    return [x[(slice(None), *(slice(a, None, stride) for a in start))] for start in starts]


def woven(fields: list[Array], stride: int) -> Array:
    """Undo ``interleaved``."""
    axes = fields[0].ndim - 2
    nodes, channels = fields[0].shape[1:-1], fields[0].shape[-1]
    blocks = jnp.stack(fields, axis=-2).reshape(-1, *nodes, *(stride,) * axes, channels)
    order = [0, *(v for i in range(axes) for v in (1 + i, 1 + axes + i)), 2 * axes + 1]
    return blocks.transpose(order).reshape(-1, *(stride * m for m in nodes), channels)
