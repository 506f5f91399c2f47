"""What operators on grids are made of: pairs of convolutions, weighed channels, coordinates."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import (
    Convolution,
    Dense,
    Edge,
    SeparableConvolution,
    dense,
    grid_convolution,
    resized,
)
from residuum.operators._abstract import GridFrame
from residuum.operators._coordinates import moments_first

Filter = Convolution | SeparableConvolution


class SampleNorm(eqx.Module):
    """Mean zero and variance one over a whole sample, then a factor and a shift per channel.

    It does not know the grid, so that any grid is taken.
    """

    factor: Array
    shift: Array

    def __call__(self, x: Array) -> Array:
        axes = tuple(range(1, x.ndim))
        mean = x.mean(axes, keepdims=True)
        spread = ((x - mean) ** 2).mean(axes, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(spread + 1e-5) * self.factor + self.shift


class ConvolutionPair(eqx.Module):
    """Two convolutions, each with a norm and GELU, and a linear map around both."""

    first: Filter
    second: Filter
    norms: tuple[SampleNorm, SampleNorm] | None
    around: Dense | None

    def __call__(self, x: Array) -> Array:
        found = x
        for place, filter_ in enumerate((self.first, self.second)):
            found = filter_(found)
            if self.norms is not None:
                found = self.norms[place](found)
            found = jax.nn.gelu(found)
        return found if self.around is None else found + self.around(x)


def convolution_pair(
    inputs: int,
    outputs: int,
    edges: tuple[Edge, ...],
    key: Array,
    *,
    side: int = 3,
    rank: int = 0,
    norm: bool = True,
    around: bool = True,
) -> ConvolutionPair:
    """Return a trained pair; with a rank its convolutions are separable."""
    first, second, third = jax.random.split(key, 3)
    one = grid_convolution(inputs, outputs, edges, first, side=side, rank=rank)
    two = grid_convolution(outputs, outputs, edges, second, side=side, rank=rank)
    norms = (fresh_norm(outputs), fresh_norm(outputs)) if norm else None
    return ConvolutionPair(one, two, norms, dense(inputs, outputs, third) if around else None)


def fresh_norm(channels: int) -> SampleNorm:
    """Return a norm before training."""
    return SampleNorm(jnp.ones(channels), jnp.zeros(channels))


class SqueezeExcitation(eqx.Module):
    """Features weighed by channel, from their means over the grid, and by node: the sum of both.

    Args:
        narrow, widen: dense blocks C to C / r and back: weights of channels.
        places: dense block C to 1: weights of nodes.
    """

    narrow: Dense
    widen: Dense
    places: Dense

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "scse-recalibration",
            "Recalibrating Fully Convolutional Networks with Spatial and Channel "
            "'Squeeze & Excitation' Blocks",
            "A. G. Roy, N. Navab, C. Wachinger",
            2018,
            "arXiv:1808.08127",
            "verified",
        ),
    )

    def __call__(self, x: Array) -> Array:
        means = x.mean(tuple(range(1, x.ndim - 1)), keepdims=True)
        channels = jax.nn.sigmoid(self.widen(jax.nn.relu(self.narrow(means))))
        return x * channels + x * jax.nn.sigmoid(self.places(x))


def squeeze_excitation(channels: int, key: Array, *, share: int = 4) -> SqueezeExcitation:
    """Return a trained block that starts near x: both weights near a half."""
    first, second, third = jax.random.split(key, 3)
    few = max(1, channels // share)
    return SqueezeExcitation(
        dense(channels, few, first), dense(few, channels, second), dense(channels, 1, third)
    )


def channels_out(frame: GridFrame) -> int:
    """Return the channels that a network gives: every moment at once, where there are moments."""
    return frame.outputs * max(frame.times, 1)


def require_side(shape: tuple[int, ...], smallest: int, name: str) -> None:
    """Raise unless every axis has enough nodes.

    Raises:
        OptionError: a side is too short.
    """
    if min(shape) < smallest:
        remedy = "Take fewer levels or a finer grid."
        raise OptionError(f"{smallest} nodes or more per axis for {name}", str(shape), remedy)


# Stages that several operators are made of: functions of a part and the state.


def applied(part: Callable[[Array], Array], x: Array) -> Array:
    """Return what a part makes of the features."""
    return part(x)


def added(part: Callable[[Array], Array], x: Array) -> Array:
    """Return the features and what a part makes of them, added."""
    return x + part(x)


def rising(
    pair: ConvolutionPair, state: tuple[Array, ...], edges: tuple[Edge, ...]
) -> tuple[Array, ...]:
    """Return (features one level up, *skips left) from (features, *skips)."""
    x, skip, *left = state
    x = resized(x, skip.shape[1:-1], edges)
    return (pair(jnp.concatenate([x, skip], axis=-1)), *left)


def last_of(part: Callable[[Array], Array], state: Array | tuple[Array, ...], times: int) -> Array:
    """Return the answers, moments first, from features or (features,)."""
    return moments_first(part(state[0] if isinstance(state, tuple) else state), times)
