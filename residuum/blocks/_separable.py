"""A-priori compressed convolutions: kernels that are short sums of products of filters."""

from __future__ import annotations

import math
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._convolution import Convolution, convolution
from residuum.blocks._correlation import Edge, Slope, shifted_products


class SeparableConvolution(Block):
    """K[i, j, c, o] = Σ_r h_r[i] v_r[j] b_r[c] a_r[o], made so before training.

    Features are mixed to R channels, each is filtered along one axis after the other, and mixed
    again: R (inputs + outputs + sides) weights in place of inputs · outputs · points.

    Good for few weights; not for speed: at small channel counts the dense convolution is faster on
    processors. Good ranks: a quarter to the whole of the channels.

    Args:
        mix: b, shape (inputs, R).
        filters: one per axis, shape (side, R), odd sides.
        spread: a, shape (R, outputs).
        bias: shape (outputs,).
        edges: what lies beyond the sides of each axis.

    Raises:
        OptionError: a side is even, or filters and edges are not as many.
    """

    mix: Array | np.ndarray
    filters: tuple[Array | np.ndarray, ...]
    spread: Array | np.ndarray
    bias: Array | np.ndarray
    edges: tuple[Edge, ...]

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "apriori-conv-compression",
            "A priori compression of convolutional neural networks for wave simulators",
            "H. Boukraichi, N. Akkari, F. Casenave, D. Ryckelynck",
            2023,
            "arXiv:2304.04964",
            "verified",
        ),
    )

    def __check_init__(self) -> None:
        sides = [len(item) for item in self.filters]
        if len(sides) != len(self.edges) or any(side % 2 == 0 for side in sides):
            got = f"sides {sides} for {len(self.edges)} axes"
            raise OptionError("a filter of odd side per axis", got, "3 is the usual side.")

    @property
    def signature(self) -> Signature:
        return Signature(self.mix.shape[0], self.spread.shape[1], linear=True)

    def __call__(self, x: Array) -> Array:
        found = x @ jnp.asarray(self.mix, x.dtype)
        axes = len(self.edges)
        for axis, item in enumerate(self.filters):
            shape = [1] * axes + [item.shape[1]]
            shape[axis] = item.shape[0]
            kernel = jnp.asarray(item, x.dtype).reshape(shape)
            found = shifted_products(found, kernel, self.edges)
        return found @ jnp.asarray(self.spread, x.dtype) + self.bias

    def dense(self) -> Convolution:
        """Return the dense convolution of the same values."""
        names = "ijklm"[: len(self.edges)]
        terms = ",".join(f"{name}r" for name in names)
        rule = f"{terms},cr,ro->{names}co"
        return Convolution(
            jnp.einsum(rule, *self.filters, self.mix, self.spread), self.bias, self.edges
        )


def separable(
    inputs: int,
    outputs: int,
    edges: tuple[Edge, ...],
    key: Array,
    *,
    rank: int,
    side: int = 3,
    gain: float = 2.0,
) -> SeparableConvolution:
    """Return a separable convolution whose kernel starts with the variance of a dense one.

    Entries of the kernel are sums of R products of independent factors: their variance is R times
    the product of the factors' variances, and the same gain / (inputs · points) is wanted.

    Raises:
        OptionError: the rank is below one.
    """
    if rank < 1:
        raise OptionError("a rank of one or more", str(rank), "Half the channels is a good one.")
    first, last, *keys = jax.random.split(key, 2 + len(edges))
    mix = jax.random.normal(first, (inputs, rank)) / math.sqrt(inputs)
    filters = tuple(jax.random.normal(item, (side, rank)) / math.sqrt(side) for item in keys)
    spread = math.sqrt(gain / rank) * jax.random.normal(last, (rank, outputs))
    return SeparableConvolution(mix, filters, spread, jnp.zeros(outputs), edges)


def grid_convolution(
    inputs: int,
    outputs: int,
    edges: tuple[Edge, ...],
    key: Array,
    *,
    side: int = 3,
    gain: float = 2.0,
    rank: int = 0,
    slope: Slope = "chosen",
) -> Convolution | SeparableConvolution:
    """Return a convolution: dense, or separable where a rank is given and it has fewer weights."""
    points = side ** len(edges)
    fewer = rank * (inputs + outputs + side * len(edges)) < inputs * outputs * points
    if rank and fewer:
        return separable(inputs, outputs, edges, key, rank=rank, side=side, gain=gain)
    return convolution(inputs, outputs, edges, key, side=side, gain=gain, slope=slope)
