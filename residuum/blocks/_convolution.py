"""Convolution on a grid of any dimension, channels last, padded as the boundary asks."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._correlation import MODES, Edge, Slope, correlate


class Convolution(Block):
    """y = K * x + b on a grid, channels last; the grid keeps its size.

    Unlike other blocks it mixes points: it maps (n, *grid, inputs) to (n, *grid, outputs), where n
    counts samples. With the plain slope its gradient is fast outside ``jax.lax.scan`` alone:
    inside, XLA's gradient of the kernel was measured twenty times slower on processors.
    ``"folded"`` is right inside a scan, ``"chosen"`` takes the faster outside of one; both can be
    differentiated in reverse alone.

    Args:
        kernel: shape (*sides, inputs, outputs), one odd side per axis of the grid.
        bias: shape (outputs,).
        edges: what lies beyond the sides of each axis.
        slope: how the gradient of the kernel is computed: ``"plain"``, ``"chosen"``, ``"folded"``.

    Raises:
        OptionError: a side of the kernel is even, the kernel has no axis of the grid, or an edge
            is unknown.
    """

    kernel: Array | np.ndarray
    bias: Array | np.ndarray
    edges: tuple[Edge, ...]
    slope: Slope = eqx.field(static=True, default="plain")

    def __check_init__(self) -> None:
        sides = self.kernel.shape[:-2]
        if not sides or any(side % 2 == 0 for side in sides):
            raise OptionError("odd sides of a kernel", str(sides), "3 is the usual side.")
        if len(self.edges) != len(sides) or not set(self.edges) <= set(MODES):
            got = f"{self.edges!r} for {len(sides)} axes"
            raise OptionError(f"one of {sorted(MODES)} per axis", got, "Name what lies beyond.")

    @property
    def signature(self) -> Signature:
        return Signature(self.kernel.shape[-2], self.kernel.shape[-1], linear=True)

    def __call__(self, x: Array) -> Array:
        kernel = jnp.asarray(self.kernel, x.dtype)
        return correlate(x, kernel, self.edges, self.slope) + self.bias


def convolution(
    inputs: int,
    outputs: int,
    edges: tuple[Edge, ...],
    key: Array,
    *,
    side: int = 3,
    gain: float = 2.0,
    slope: Slope = "plain",
) -> Convolution:
    """Return a trained convolution with weights of variance gain / (inputs · points of the kernel).

    Gain 2 keeps the size of features through a rectifier, gain 1 through a linear layer; biases
    start at zero.

    Source: K. He et al., ICCV 2015, arXiv:1502.01852.
    """
    sides = (side,) * len(edges)
    scale = math.sqrt(gain / (inputs * math.prod(sides)))
    kernel = scale * jax.random.normal(key, (*sides, inputs, outputs))
    return Convolution(kernel, jnp.zeros(outputs), edges, slope)
