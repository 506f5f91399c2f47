"""Latent spectral model: patches squeezed to a few tokens, a sum of waves acts there."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks import Dense, Edge, Stage, Step, coarser, dense, resized, run
from residuum.blocks._correlation import MODES
from residuum.fields._architecture import whole
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture
from residuum.operators._coordinates import coordinate_count, with_coordinates
from residuum.operators._grid_layers import (
    ConvolutionPair,
    channels_out,
    convolution_pair,
    last_of,
    require_side,
    rising,
)


class LatentSpectral(eqx.Module):
    """x ← x + decoded waves of the tokens of its patch.

    For the points x of a patch and tokens T, head by head:

        T ← T + softmax(T Kᵀ) V,   T ← T + Σ_i w_i sin(π i T / N) + v_i cos(π i T / N),
        x ← x + softmax(Q Tᵀ) T.

    The number of patches is fixed, not the number of nodes in one: they keep their physical size on
    other grids, where softmax still takes means.

    Args:
        start: tokens before a patch is seen, (heads, tokens, C / heads).
        keys, values, asks: dense blocks C to C: K, V and Q.
        sines, cosines: w and v, (N, C).
        patches: per axis.
        edges: how the grid is lengthened to whole patches.
    """

    start: Array
    keys: Dense
    values: Dense
    asks: Dense
    sines: Array
    cosines: Array
    patches: tuple[int, ...] = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        shape = x.shape[1:-1]
        points, sides = self._cut(x)
        heads, _, size = self.start.shape
        split = (*points.shape[:-1], heads, size)
        keys, values, asks = (
            block(points).reshape(split) for block in (self.keys, self.values, self.asks)
        )
        weights = jax.nn.softmax(jnp.einsum("htc,nphc->nhtp", self.start, keys), axis=-1)
        tokens = self.start + jnp.einsum("nhtp,nphc->nhtc", weights, values)
        tokens = tokens + self._waves(tokens)
        weights = jax.nn.softmax(jnp.einsum("nphc,nhtc->nhpt", asks, tokens), axis=-1)
        back = jnp.einsum("nhpt,nhtc->nphc", weights, tokens).reshape(points.shape)
        return x + self._join(back, sides, shape)

    def _waves(self, tokens: Array) -> Array:
        count, _channels = self.sines.shape
        heads, _, size = self.start.shape
        turns = jnp.pi * jnp.arange(count) / count
        angles = turns[:, None, None, None, None] * tokens
        by_head = (count, 1, heads, 1, size)
        sines, cosines = (w.reshape(by_head) for w in (self.sines, self.cosines))
        return (sines * jnp.sin(angles) + cosines * jnp.cos(angles)).sum(0)

    def _cut(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """Return (n · patches, points, C) and the nodes of a patch."""
        shape, axes = x.shape[1:-1], len(self.patches)
        for axis, (edge, count) in enumerate(zip(self.edges, self.patches, strict=True)):
            widths = [(0, 0)] * x.ndim
            widths[axis + 1] = (0, -shape[axis] % count)
            x = jnp.pad(x, widths, mode=MODES[edge])
        sides = tuple(m // count for m, count in zip(x.shape[1:-1], self.patches, strict=True))
        split = [v for pair in zip(self.patches, sides, strict=True) for v in pair]
        order = [0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1]
        found = x.reshape(len(x), *split, x.shape[-1]).transpose(order)
        return found.reshape(-1, math.prod(sides), x.shape[-1]), sides

    def _join(self, points: Array, sides: tuple[int, ...], shape: tuple[int, ...]) -> Array:
        axes, channels = len(sides), points.shape[-1]
        found = points.reshape(-1, *self.patches, *sides, channels)
        order = [0, *(v for i in range(axes) for v in (1 + i, 1 + axes + i)), 2 * axes + 1]
        whole_grid = [count * side for count, side in zip(self.patches, sides, strict=True)]
        found = found.transpose(order).reshape(-1, *whole_grid, channels)
        return found[(slice(None), *(slice(m) for m in shape))]


class LSMOperator(Operator):
    """The trained part of an ``LSM``: a U-Net whose every level is worked on by tokens."""

    down: tuple[ConvolutionPair, ...]
    up: tuple[ConvolutionPair, ...]
    spectral: tuple[LatentSpectral | None, ...]
    widen: Dense
    last: Dense
    edges: tuple[Edge, ...] = eqx.field(static=True)
    times: int = eqx.field(static=True)

    def __call__(self, inputs: Array) -> Array:
        return run(self.stages(), inputs)

    def stages(self) -> tuple[Stage, ...]:
        """Return the levels down and up, and the two last maps; the state is (features, *skips).

        On the way down the features that go on are not yet worked on by tokens, the skips are.
        """
        before = (None, *self.spectral[:-1])
        down = zip(self.down, before, strict=True)
        return (
            *(Step(p, _down, (self.edges, level == 0)) for level, p in enumerate(down)),
            Step(self.spectral[-1], _worked),
            *(Step(pair, rising, (self.edges,)) for pair in reversed(self.up)),
            Step(self.widen, _widened),
            Step(self.last, last_of, (self.times,), affine=True),
        )


def _down(parts: Any, state: Any, edges: tuple[Edge, ...], finest: bool) -> tuple[Array, ...]:
    pair, tokens = parts
    if finest:
        return (pair(with_coordinates(state, edges)),)
    x, *kept = state
    skip = x if tokens is None else tokens(x)
    return (pair(resized(x, coarser(x.shape[1:-1], edges), edges)), skip, *kept)


def _worked(tokens: LatentSpectral | None, state: tuple[Array, ...]) -> tuple[Array, ...]:
    return state if tokens is None else (tokens(state[0]), *state[1:])


def _widened(widen: Dense, state: tuple[Array, ...]) -> Array:
    return jax.nn.gelu(widen(state[0]))


@final
@dataclass(frozen=True)
class LSM(OperatorArchitecture):
    """A U-shaped network; on every level patches are squeezed to tokens and waves act on these.

    Differences from the source: a norm per sample in place of one per batch, means in place of
    maxima on the way down, and a fixed number of patches in place of fixed nodes in one.

    A good general network; in the source the plain U-Net has most of the accuracy
    (``spectral=False`` gives it).

    Args:
        width: channels on the finest grid; they double with every level. A multiple of ``heads``.
        levels: grids, the finest included.
        patches: per axis on the finest grid; halved with every level.
        tokens: per patch and head.
        waves: N of the sum.
        heads: of the attention.
        spectral: whether tokens are used at all.

    Raises:
        OptionError: an option is out of range.
    """

    width: int = 16
    levels: int = 3
    patches: int = 4
    tokens: int = 4
    waves: int = 12
    heads: int = 4
    spectral: bool = True

    name: ClassVar[str] = "lsm"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "latent-spectral-model",
            "Solving High-Dimensional PDEs with Latent Spectral Models",
            "H. Wu, T. Hu, H. Luo, J. Wang, M. Long",
            2023,
            "arXiv:2301.12664",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        counts = {"width": self.width, "levels": self.levels, "patches": self.patches}
        whole(self, **counts, tokens=self.tokens, waves=self.waves, heads=self.heads)
        if self.width % self.heads:
            got = f"{self.width} for {self.heads} heads"
            raise OptionError("a width that is a multiple of the heads", got, "Correct LSM.")

    def build(self, frame: GridFrame, key: Key) -> LSMOperator:
        """Return the operator before training.

        Raises:
            OptionError: the grid is too small for so many levels.
        """
        require_side(frame.shape, 2**self.levels, "so many levels")
        widths = [self.width * 2**i for i in range(self.levels)]
        before = [frame.inputs + coordinate_count(frame.edges), *widths[:-1]]
        keys = iter(jax.random.split(jax_key(key), 3 * self.levels + 2))
        down = tuple(
            convolution_pair(a, b, frame.edges, next(keys))
            for a, b in zip(before, widths, strict=True)
        )
        up = tuple(
            convolution_pair(a + b, a, frame.edges, next(keys))
            for a, b in itertools.pairwise(widths)
        )
        spectral = tuple(
            self._part(w, max(1, self.patches // 2**i), frame.edges, next(keys))
            if self.spectral
            else None
            for i, w in enumerate(widths)
        )
        widen = dense(widths[0], 4 * widths[0], next(keys))
        last = dense(4 * widths[0], channels_out(frame), next(keys))
        return LSMOperator(down, up, spectral, widen, last, frame.edges, frame.times)

    def _part(
        self, width: int, patches: int, edges: tuple[Edge, ...], key: Array
    ) -> LatentSpectral:
        one, two, three, four, five, six = jax.random.split(key, 6)
        size = width // self.heads
        start = jax.random.normal(one, (self.heads, self.tokens, size)) / np.sqrt(size)
        sines, cosines = (
            0.1 * jax.random.normal(item, (self.waves, width)) / self.waves for item in (five, six)
        )
        keys, values, asks = (dense(width, width, item) for item in (two, three, four))
        count = (patches,) * len(edges)
        return LatentSpectral(start, keys, values, asks, sines, cosines, count, edges)
