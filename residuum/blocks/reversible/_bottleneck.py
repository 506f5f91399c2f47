"""Inverted bottlenecks on grids of any dimension: the branch of reversible operators."""

from __future__ import annotations

import functools
import itertools
import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Source
from residuum.blocks._correlation import Edge, padded
from residuum.blocks._pointwise import Pointwise, pointwise


class InvertedBottleneck(eqx.Module):
    """F(x) = project(excite(g(depthwise(g(expand(norm x)))))): (n, *grid, c) to the same.

    Channels are widened at every node, each is filtered by a small kernel of its own, weighed by
    means over the grid, and all are mixed back to as many as there were.

    Right inside a compiled loop: kernels are shifts and products with a gradient of their own that
    keeps nothing but what goes in.

    Args:
        expand, project: maps at every node.
        kernel: shape (*sides, wide), odd sides.
        excite: two maps of the means over the grid, or nothing.
        edges: what lies beyond the sides of each axis.
        normalised: whether each sample is standardised first.
    """

    expand: Pointwise
    kernel: Array
    excite: tuple[Pointwise, Pointwise] | None
    project: Pointwise
    edges: tuple[Edge, ...] = eqx.field(static=True)
    normalised: bool = eqx.field(static=True, default=True)

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "reversible-mbconv-unet",
            "Memory Efficient 3D U-Net with Reversible Mobile Inverted Bottlenecks for Brain "
            "Tumor Segmentation",
            "M. Pendse, V. Thangarasa, V. Chiley, R. Holmdahl, J. Hestness, D. DeCoste",
            2021,
            "arXiv:2104.09648",
            "verified",
        ),
    )

    def __call__(self, x: Array) -> Array:
        found = self.expand(standardised(x) if self.normalised else x)
        found = jax.nn.gelu(depthwise(jax.nn.gelu(found), self.kernel, self.edges))
        if self.excite is not None:
            means = found.mean(tuple(range(1, found.ndim - 1)), keepdims=True)
            inner, outer = self.excite
            found = found * jax.nn.sigmoid(outer(jax.nn.gelu(inner(means))))
        return self.project(found)


def inverted_bottleneck(
    channels: int,
    edges: tuple[Edge, ...],
    key: Array,
    *,
    expansion: int = 4,
    side: int = 3,
    excite: bool = True,
    gain: float = 0.5,
) -> InvertedBottleneck:
    """Return a trained branch whose values start with a variance of about ``gain``.

    Args:
        channels: in and out.
        edges: what lies beyond the sides of each axis.
        key: of the weights.
        expansion: factor of the channels inside.
        side: of the kernels, odd.
        excite: whether channels are weighed by their means.
        gain: 1 over the number of branches in turn keeps the size of a stream.
    """
    first, second, third, fourth, last = jax.random.split(key, 5)
    wide, points = expansion * channels, side ** len(edges)
    kernel = jax.random.normal(second, (*(side,) * len(edges), wide)) * math.sqrt(2 / points)
    few = max(1, wide // 8)
    weigh = (pointwise(wide, few, third), pointwise(few, wide, fourth)) if excite else None
    end = pointwise(wide, channels, last)
    end = Pointwise(end.weight * math.sqrt(4 * gain), end.bias)
    return InvertedBottleneck(pointwise(channels, wide, first), kernel, weigh, end, edges)


def standardised(x: Array) -> Array:
    """Return each sample with mean zero and variance one over nodes and channels."""
    axes = tuple(range(1, x.ndim))
    centred = x - x.mean(axes, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(axes, keepdims=True) + 1e-5)


def depthwise(x: Array, kernel: Array, edges: tuple[Edge, ...]) -> Array:
    """Slide a kernel of its own over every channel of (n, *grid, c); reverse differentiation alone.

    Args:
        x: values at the nodes.
        kernel: shape (*sides, c), odd sides.
        edges: what lies beyond the sides of each axis.
    """
    return _valid(padded(x, edges, tuple(side // 2 for side in kernel.shape[:-1])), kernel)


@jax.custom_vjp
def _valid(wide: Array, kernel: Array) -> Array:
    """Sum over the windows that lie inside."""
    sides = kernel.shape[:-1]
    terms = (_window(wide, at, sides) * kernel[at] for at in _places(sides))
    return functools.reduce(jnp.add, terms)


def _window(wide: Array, at: tuple[int, ...], sides: tuple[int, ...]) -> Array:
    cuts = (
        slice(start, start + size - side + 1)
        for start, size, side in zip(at, wide.shape[1:-1], sides, strict=True)
    )
    return wide[(slice(None), *cuts)]


def _places(sides: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(side) for side in sides)))


def _valid_back(kept: tuple[Array, Array], change: Array) -> tuple[Array, Array]:
    wide, kernel = kept
    sides = kernel.shape[:-1]
    margins = [(side - 1, side - 1) for side in sides]
    around = jnp.pad(change, [(0, 0), *margins, (0, 0)])
    slope = _valid(around, jnp.flip(kernel, tuple(range(len(sides)))))
    axes = tuple(range(change.ndim - 1))
    parts = [(_window(wide, at, sides) * change).sum(axes) for at in _places(sides)]
    return slope, jnp.stack(parts).reshape(kernel.shape)


_valid.defvjp(lambda wide, kernel: (_valid(wide, kernel), (wide, kernel)), _valid_back)
