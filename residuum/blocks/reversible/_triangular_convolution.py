"""Convolutions with a triangular matrix, their inverses by sweeps, and the adjoint of a sweep."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks.reversible._invertible import Invertible
from residuum.blocks.reversible._state import State

Corner = Literal[0, 1, 2, 3]
"""Where the kernel looks: bit 0 turns the first axis, bit 1 the second."""


class TriangularConvolution(Invertible):
    """y_p = Σ_o x_{p-o} W_o over offsets o of a quarter plane: (n, h, w, c) to the same.

    W_0 is unit triangular in the channels, so that the whole matrix is unit triangular: the
    determinant is 1, and the inverse is a substitution. Nodes of one anti-diagonal do not depend on
    each other: h + w - 1 steps for h · w nodes. Read as a solver the inverse is a sweep of
    Gauss-Seidel.

    It breaks where the substitution grows: kernels whose other weights sum to more than one per
    channel amplify like a power of the side; the self-test of a stack sees it.

    Args:
        kernel: shape (k, k, c, c), offsets from 0; of the first entry only the part above the
            diagonal is used.
        corner: which quarter plane it looks into.

    Raises:
        OptionError: a kernel of another shape.
    """

    kernel: Array
    corner: Corner = eqx.field(static=True, default=0)

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "finc-flow",
            "FInC Flow: Fast and Invertible k x k Convolutions for Normalizing Flows",
            "A. Kallappa, S. Nagar, G. Varma",
            2023,
            "arXiv:2301.09266",
            "verified",
        ),
    )

    def __check_init__(self) -> None:
        shape = self.kernel.shape
        if len(shape) != 4 or shape[0] != shape[1] or shape[2] != shape[3]:
            raise OptionError("a kernel (k, k, c, c)", str(shape), "Two axes of the grid.")

    def weights(self) -> Array:
        """Return the kernel with its unit triangular first entry."""
        channels = self.kernel.shape[-1]
        first = jnp.eye(channels, dtype=self.kernel.dtype) + jnp.triu(self.kernel[0, 0], 1)
        return self.kernel.at[0, 0].set(first)

    def forward(self, state: State) -> tuple[State, Array]:
        found = convolved(self._turned(state), self.weights())
        return self._turned(found), jnp.zeros(())

    def inverse(self, image: State) -> State:
        return self._turned(sweep(self._turned(image), self.weights()))

    def _turned(self, x: Array) -> Array:
        return jnp.flip(x, [axis + 1 for axis in (0, 1) if self.corner >> axis & 1])


class InverseConvolution(Invertible):
    """y = K^{-1} x by a sweep, for the K of a ``TriangularConvolution``; its inverse is K.

    Its gradient is one more sweep, the other way: g = K^{-T} ȳ, and -Σ_p y_{p-o} g_p for the
    kernel. A learned implicit layer: smoother, approximate solve, or step of a flow whose samples
    are cheap.

    Args:
        convolution: K.
    """

    convolution: TriangularConvolution

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "inverse-convolution-flow",
            "Parallel Backpropagation for Inverse of a Convolution with Application to "
            "Normalizing Flows",
            "S. Nagar, G. Varma",
            2024,
            "arXiv:2410.14634",
            "verified",
        ),
    )

    def forward(self, state: State) -> tuple[State, Array]:
        return self.convolution.inverse(state), jnp.zeros(())

    def inverse(self, image: State) -> State:
        return self.convolution.forward(image)[0]


class FourCorners(Invertible):
    """The channels in four equal groups, each convolved from another corner of the grid.

    Args:
        parts: one triangular convolution per corner, or their inverses.
    """

    parts: tuple[TriangularConvolution | InverseConvolution, ...]

    def forward(self, state: State) -> tuple[State, Array]:
        pieces = jnp.split(state, len(self.parts), axis=-1)
        found = [part(x) for part, x in zip(self.parts, pieces, strict=True)]
        return jnp.concatenate(found, axis=-1), jnp.zeros(())

    def inverse(self, image: State) -> State:
        pieces = jnp.split(image, len(self.parts), axis=-1)
        found = [part.inverse(x) for part, x in zip(self.parts, pieces, strict=True)]
        return jnp.concatenate(found, axis=-1)


def triangular_convolution(
    channels: int, key: Array, *, side: int = 3, size: float = 0.5, corner: Corner = 0
) -> TriangularConvolution:
    """Return a trained convolution whose other weights sum to about ``size`` per channel."""
    scale = size / (side * side * channels)
    kernel = scale * jax.random.normal(key, (side, side, channels, channels))
    return TriangularConvolution(kernel, corner)


def four_corners(channels: int, key: Array, *, side: int = 3, inverse: bool = False) -> FourCorners:
    """Return one triangular convolution per corner, each on a quarter of the channels.

    Raises:
        OptionError: the channels are no multiple of four.
    """
    if channels % 4:
        raise OptionError("a multiple of four channels", str(channels), "Widen the features.")
    corners: tuple[Corner, ...] = (0, 1, 2, 3)
    keys = jax.random.split(key, 4)
    parts = [
        triangular_convolution(channels // 4, item, side=side, corner=corner)
        for item, corner in zip(keys, corners, strict=True)
    ]
    return FourCorners(tuple(InverseConvolution(p) for p in parts) if inverse else tuple(parts))


def convolved(x: Array, weights: Array) -> Array:
    """Return Σ_o x_{p-o} W_o with zeros beyond the sides."""
    side, (height, width) = len(weights), x.shape[1:3]
    wide = jnp.pad(x, [(0, 0), (side - 1, 0), (side - 1, 0), (0, 0)])
    total = jnp.zeros((), x.dtype)
    for a, b in np.ndindex(side, side):
        i, j = side - 1 - a, side - 1 - b
        total = total + wide[:, i : i + height, j : j + width] @ weights[a, b]
    return total


@jax.custom_vjp
def sweep(y: Array, weights: Array) -> Array:
    """Solve ``convolved(x, weights) = y`` by anti-diagonals.

    Args:
        y: shape (n, h, w, c).
        weights: shape (k, k, c, c), the first entry triangular.
    """
    side, (height, width) = len(weights), y.shape[1:3]
    turn = jnp.linalg.inv(weights[0, 0])
    rows, diagonals = np.arange(height), np.arange(height + width - 1)
    columns = diagonals[:, None] - rows
    inside = (columns >= 0) & (columns < width)
    # Diagonals first: (h + w - 1, n, h, c).
    skew = y[:, rows[None], np.clip(columns, 0, width - 1)]
    skew = jnp.moveaxis(jnp.where(inside[..., None], skew, 0), 1, 0)
    offsets = [(a, b) for a, b in np.ndindex(side, side) if a + b]

    def step(before: Array, item: tuple[Array, Array]) -> tuple[Array, Array]:
        right, mask = item
        for a, b in offsets:
            # a rows up and b columns left is a + b diagonals back.
            row = jnp.pad(before[a + b - 1], [(0, 0), (a, 0), (0, 0)])[:, : len(rows)]
            right = right - row @ weights[a, b]
        found = jnp.where(mask[:, None], right @ turn, 0)
        return jnp.concatenate([found[None], before[:-1]]), found

    depth = max(2 * side - 2, 1)
    start = jnp.zeros((depth, len(y), height, y.shape[-1]), y.dtype)
    _, found = jax.lax.scan(step, start, (skew, jnp.asarray(inside)))
    i, j = np.indices((height, width))
    return jnp.moveaxis(found[i + j, :, i], 2, 0)


def _sweep_ahead(y: Array, weights: Array) -> tuple[Array, Any]:
    x = sweep(y, weights)
    return x, (x, weights)


def _sweep_back(kept: Any, change: Array) -> tuple[Array, Array]:
    x, weights = kept
    turned = weights.swapaxes(2, 3)
    g = jnp.flip(sweep(jnp.flip(change, (1, 2)), turned), (1, 2))
    side, (height, width) = len(weights), x.shape[1:3]
    parts = [
        -jnp.einsum("nijc,nijd->cd", x[:, : height - a, : width - b], g[:, a:, b:])
        for a, b in np.ndindex(side, side)
    ]
    return g, jnp.stack(parts).reshape(weights.shape)


sweep.defvjp(_sweep_ahead, _sweep_back)
