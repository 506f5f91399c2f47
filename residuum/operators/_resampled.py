"""Networks on a grid as operators: kernels as functions of distance, or fields brought home."""

from __future__ import annotations

from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import Convolution, Edge, Halving, SeparableConvolution
from residuum.operators._abstract import Operator

SOURCE = Source(
    "function-space-architecture-recipes",
    "Principled Approaches for Extending Neural Architectures to Function Spaces for "
    "Operator Learning",
    "J. Berner, M. Liu-Schiaffini, J. Kossaifi, V. Duruisseaux, B. Bonev, K. Azizzadenesheli, "
    "A. Anandkumar",
    2025,
    "arXiv:2506.10973",
    "verified",
)


Values = Literal["points", "linear"]


def resampled(operator: Operator, factors: tuple[int, ...], values: Values = "points") -> Operator:
    """Return a network for a grid that is finer by whole factors: kernels keep physical size.

    As ``"points"`` a kernel is a sum of point masses at the distances trained on: at every node of
    the finer grid the network does exactly what it was trained to do. As ``"linear"`` it is a
    function of distance, linear between its nodes, and its integral is taken by the finer cells: a
    little smoother than what was trained. Sums of kernels are kept by both. Pooling stays, and acts
    on finer nodes.

    Args:
        operator: any built of ``Convolution`` and ``SeparableConvolution``.
        values: what a kernel is between the nodes trained on.
        factors: s per axis; 1 leaves an axis as it is. For a coarser grid, or factors that are not
            whole, take ``OnTrainedGrid``.

    Raises:
        OptionError: a factor is below one, or a block in it cannot be resampled.
    """
    if any(not isinstance(item, int | np.integer) or item < 1 for item in factors):
        remedy = "OnTrainedGrid takes any grid."
        raise OptionError("whole factors of one or more", str(factors), remedy)

    def is_kernel(node: object) -> bool:
        return isinstance(node, Convolution | SeparableConvolution | Halving)

    def change(node: object) -> object:
        if isinstance(node, Convolution):
            kernel = node.kernel
            for axis, factor in enumerate(factors):
                kernel = _stretched(kernel, axis, int(factor), values)
            return Convolution(kernel, node.bias, node.edges, node.slope)
        if isinstance(node, SeparableConvolution):
            filters = tuple(
                _stretched(item, 0, int(factor), values)
                for item, factor in zip(node.filters, factors, strict=True)
            )
            return SeparableConvolution(node.mix, filters, node.spread, node.bias, node.edges)
        if isinstance(node, Halving):
            remedy = "Take OnTrainedGrid."
            raise OptionError("kernels of odd sides at every node", "a halving of side 3", remedy)
        return node

    found: Operator = jax.tree.map(change, operator, is_leaf=is_kernel)
    return found


class OnTrainedGrid(Operator):
    """An operator on another grid: inputs are interpolated to the grid trained on, answers back.

    Periodic axes are interpolated by trigonometric polynomials, others by cubic ones. What is finer
    than the grid trained on is lost; nothing else is.

    Args:
        operator: trained.
        shape: nodes per axis of the grid that it was trained on.
        edges: what lies beyond the sides of each axis.
    """

    operator: Operator
    shape: tuple[int, ...] = eqx.field(static=True)
    edges: tuple[Edge, ...] = eqx.field(static=True)

    sources: ClassVar[tuple[Source, ...]] = (SOURCE,)

    def __call__(self, inputs: Array) -> Array:
        given = inputs.shape[1:-1]
        found = self.operator(brought(inputs, self.shape, self.edges))
        # An answer with moments has one axis more in front of the grid.
        moments = found.ndim - inputs.ndim
        flat = found.reshape(-1, *found.shape[1 + moments :])
        back = brought(flat, given, self.edges)
        return back.reshape(*found.shape[: 1 + moments], *back.shape[1:])


def brought(x: Array, shape: tuple[int, ...], edges: tuple[Edge, ...]) -> Array:
    """Interpolate (n, *grid, c) to other nodes of the same box, to high order.

    Around a period by trigonometric polynomials, between walls by cubic ones; to fewer nodes
    between walls by the same, which takes nodes that coincide as they are.
    """
    for axis, (size, edge) in enumerate(zip(shape, edges, strict=True), start=1):
        given = x.shape[axis]
        if size != given:
            rule = _trigonometric if edge == "wrap" else _cubic
            weights = jnp.asarray(rule(given, size), x.dtype)
            x = jnp.moveaxis(jnp.tensordot(weights, x, (1, axis)), 0, axis)
    return x


def _trigonometric(given: int, wanted: int) -> np.ndarray:
    """Return the matrix (wanted, given) that keeps the waves both grids can hold."""
    spectrum = np.fft.fft(np.eye(given), axis=0)
    kept = (min(given, wanted) - 1) // 2
    padded = np.zeros((wanted, given), complex)
    padded[: kept + 1] = spectrum[: kept + 1]
    if kept:
        padded[-kept:] = spectrum[-kept:]
    if min(given, wanted) % 2 == 0:
        half = min(given, wanted) // 2
        # The wave at the limit is shared by both signs; on the coarser grid it is one entry.
        if wanted > given:
            padded[half] = padded[-half] = 0.5 * spectrum[half]
        else:
            padded[half] = 0.5 * (spectrum[half] + spectrum[-half])
    found: np.ndarray = np.fft.ifft(padded, axis=0).real * (wanted / given)
    return found


def _cubic(given: int, wanted: int) -> np.ndarray:
    """Return the matrix (wanted, given) of cubic interpolation through the four nodes around."""
    places = np.arange(wanted) * (given - 1) / max(wanted - 1, 1)
    count = min(4, given)
    first = np.clip(np.floor(places).astype(int) - 1, 0, given - count)
    found = np.zeros((wanted, given))
    rows = np.arange(wanted)
    for i in range(count):
        weight = np.ones(wanted)
        for j in range(count):
            if j != i:
                weight *= (places - (first + j)) / (i - j)
        found[rows, first + i] = weight
    return found


def _stretched(kernel: Array | np.ndarray, axis: int, factor: int, values: Values) -> Array:
    """Return a kernel for nodes s times as close along an axis, of the same sum."""
    if factor == 1 or kernel.shape[axis] == 1:
        return jnp.asarray(kernel)
    side = kernel.shape[axis]
    if values == "points":
        places = np.zeros((factor * (side - 1) + 1, side))
        places[factor * np.arange(side), np.arange(side)] = 1.0
    else:
        # Hats around the nodes that it was trained on; those at the ends reach one cell further.
        distance = np.arange(1, factor * (side + 1))[:, None] / factor - 1 - np.arange(side)
        places = np.maximum(0.0, 1.0 - np.abs(distance)) / factor
    weights = jnp.asarray(places, kernel.dtype)
    return jnp.moveaxis(jnp.tensordot(weights, jnp.asarray(kernel), (1, axis)), 0, axis)
