"""From a grid to one with half the nodes and back, by weights: channels last, no slow strides."""

from __future__ import annotations

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._correlation import MODES, Edge, Slope, correlate


class Halving(Block):
    """A convolution of side 3 at every second node: (n, *grid, inputs) to half the grid.

    The nodes 0, 2, 4, … stay, so that an axis of m nodes keeps ⌈m / 2⌉. It is computed as a
    convolution of side 2 over blocks of two nodes, whose channels are laid side by side: gradients
    then have no strides, for which XLA has no fast kernels.

    Args:
        kernel: shape (3, …, inputs, outputs).
        bias: shape (outputs,), or nothing for a linear map.
        edges: what lies beyond the sides of each axis.
        slope: as of a ``Convolution``.

    Raises:
        OptionError: a side of the kernel is not 3.
    """

    kernel: Array | np.ndarray
    bias: Array | np.ndarray | None
    edges: tuple[Edge, ...]
    slope: Slope = eqx.field(static=True, default="plain")

    def __check_init__(self) -> None:
        if self.kernel.shape[:-2] != (3,) * len(self.edges):
            got = str(self.kernel.shape[:-2])
            raise OptionError("a side of 3 per axis", got, "Halving is made for it.")

    @property
    def signature(self) -> Signature:
        return Signature(self.kernel.shape[-2], self.kernel.shape[-1], linear=True)

    def __call__(self, x: Array) -> Array:
        kernel = jnp.asarray(self.kernel, x.dtype)
        nodes, axes = x.shape[1:-1], len(self.edges)
        halves = tuple(math.ceil(size / 2) for size in nodes)
        # One node before, and as many behind as fill whole blocks.
        for axis, (edge, size, half) in enumerate(zip(self.edges, nodes, halves, strict=True)):
            widths = [(0, 0)] * x.ndim
            widths[axis + 1] = (1, 2 * half + 1 - size)
            x = jnp.pad(x, widths, mode=MODES[edge])
        blocks = beside(x)
        # Taps 0, 1 are in the block of a node, tap 2 in the next one.
        taps = jnp.pad(kernel, [(0, 1)] * axes + [(0, 0), (0, 0)])
        taps = taps.reshape(*(2,) * (2 * axes), *kernel.shape[-2:])
        order = [*range(0, 2 * axes, 2), *range(1, 2 * axes, 2), 2 * axes, 2 * axes + 1]
        taps = taps.transpose(order).reshape(*(2,) * axes, -1, kernel.shape[-1])
        zero: Edge = "zero"
        found = correlate(blocks, taps, (zero,) * axes, self.slope)
        found = found[(slice(None), *(slice(half) for half in halves))]
        return found if self.bias is None else found + self.bias


class Doubling(Block):
    """Every node to two nodes per axis by weights of their own: (n, *grid, inputs) to twice it.

    The transposed convolution of side 2 and stride 2, as one matrix product.

    Args:
        kernel: shape (inputs, 2, …, outputs).
        bias: shape (outputs,), or nothing for a linear map.
    """

    kernel: Array | np.ndarray
    bias: Array | np.ndarray | None

    @property
    def signature(self) -> Signature:
        return Signature(self.kernel.shape[0], self.kernel.shape[-1], linear=True)

    def __call__(self, x: Array, shape: tuple[int, ...] | None = None) -> Array:
        """Map to twice the nodes, or to the first ``shape`` of them."""
        kernel = jnp.asarray(self.kernel, x.dtype)
        nodes, axes = x.shape[1:-1], x.ndim - 2
        found = x @ kernel.reshape(kernel.shape[0], -1)
        found = found.reshape(len(x), *nodes, *(2,) * axes, kernel.shape[-1])
        order = [0, *itertools.chain(*((1 + i, 1 + axes + i) for i in range(axes))), 2 * axes + 1]
        wide = found.transpose(order).reshape(len(x), *(2 * m for m in nodes), kernel.shape[-1])
        if shape is not None:
            wide = wide[(slice(None), *(slice(m) for m in shape))]
        return wide if self.bias is None else wide + self.bias


def halving(
    inputs: int,
    outputs: int,
    edges: tuple[Edge, ...],
    key: Array,
    *,
    gain: float = 1.0,
    linear: bool = False,
    slope: Slope = "plain",
) -> Halving:
    """Return a trained halving; weights as of ``convolution``; without a bias where linear."""
    scale = math.sqrt(gain / (inputs * 3 ** len(edges)))
    kernel = scale * jax.random.normal(key, (*(3,) * len(edges), inputs, outputs))
    return Halving(kernel, None if linear else jnp.zeros(outputs), edges, slope)


def doubling(
    inputs: int, outputs: int, axes: int, key: Array, *, gain: float = 1.0, linear: bool = False
) -> Doubling:
    """Return a trained doubling of weights of variance gain / inputs; bias-free where linear."""
    kernel = math.sqrt(gain / inputs) * jax.random.normal(key, (inputs, *(2,) * axes, outputs))
    return Doubling(kernel, None if linear else jnp.zeros(outputs))


def beside(x: Array) -> Array:
    """Lay blocks of two nodes per axis side by side as channels: half the grid, 2^d the channels.

    Args:
        x: shape (n, *grid, c), even sides.
    """
    axes = x.ndim - 2
    split = itertools.chain(*((m // 2, 2) for m in x.shape[1:-1]))
    blocks = x.reshape(len(x), *split, x.shape[-1])
    order = [0, *range(1, 2 * axes, 2), *range(2, 2 * axes + 1, 2), 2 * axes + 1]
    return blocks.transpose(order).reshape(len(x), *(m // 2 for m in x.shape[1:-1]), -1)


def resized(x: Array, shape: tuple[int, ...], edges: tuple[Edge, ...]) -> Array:
    """Interpolate to other nodes of the same box, linearly; to fewer nodes, by weighted means.

    Args:
        x: shape (n, *grid, c). A periodic axis leaves its last end out, others hold both ends.
        shape: nodes wanted per axis.
        edges: what lies beyond the sides of each axis.
    """
    for axis, (size, edge) in enumerate(zip(shape, edges, strict=True), start=1):
        if size != x.shape[axis]:
            weights = jnp.asarray(between(x.shape[axis], size, edge == "wrap"), x.dtype)
            x = jnp.moveaxis(jnp.tensordot(weights, x, (1, axis)), 0, axis)
    return x


def coarser(shape: tuple[int, ...], edges: tuple[Edge, ...]) -> tuple[int, ...]:
    """Return the nodes of a grid twice as wide over the same box."""
    return tuple(
        math.ceil(size / 2) if edge == "wrap" else size // 2 + 1
        for size, edge in zip(shape, edges, strict=True)
    )


def between(given: int, wanted: int, periodic: bool) -> np.ndarray:
    """Return the matrix (wanted, given) of linear interpolation, or of means to fewer nodes.

    Means are the transposed interpolation with rows of sum one: constants stay, and nothing of a
    field is skipped.
    """
    if wanted < given:
        turned = between(wanted, given, periodic).T
        rows: np.ndarray = turned / turned.sum(axis=1, keepdims=True)
        return rows
    spans = (given, wanted) if periodic else (given - 1, max(wanted - 1, 1))
    places = np.arange(wanted) * spans[0] / spans[1]
    left = np.minimum(np.floor(places).astype(int), max(given - (1 if periodic else 2), 0))
    share = places - left
    found = np.zeros((wanted, given))
    rows_at = np.arange(wanted)
    np.add.at(found, (rows_at, left), 1 - share)
    right = (left + 1) % given if periodic else np.minimum(left + 1, given - 1)
    np.add.at(found, (rows_at, right), share)
    return found
