"""Truncated transforms on a grid: Fourier on periodic axes, cosines or sines between walls."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._correlation import Edge

FFT_FROM = 9.0
"""Rows of the matrix per doubling of the nodes, above which an FFT is faster: measured on
processors for 64 to 4,096 nodes, where both took the same time at 60 to 110 rows."""

Way = Literal["auto", "matrix", "fft"]


@final
@dataclass(frozen=True)
class AxisTransform:
    """The lowest frequencies of one axis, with real coefficients.

    ``"wrap"``: cosines and sines of 2 pi k x / L, k = 0 .. modes - 1, the cosines first;
    ``"copy"``: cosines of pi k x / L, k = 0 .. modes - 1, which are insulated at both walls;
    ``"zero"``: sines of pi k x / L, k = 1 .. modes, which vanish at both walls. The coefficients do
    not depend on the number of nodes. A grid too coarse for all modes carries fewer.

    Args:
        modes: frequencies wanted.
        edge: what lies beyond the axis.
        nodes: of the grid; a periodic axis leaves its last end out.
        way: ``"matrix"``, ``"fft"``, or ``"auto"`` for the faster of the two.
    """

    modes: int
    edge: Edge
    nodes: int
    way: Way = "auto"

    @property
    def kept(self) -> int:
        """Frequencies that the grid carries without aliasing."""
        most = {"wrap": (self.nodes + 1) // 2, "copy": self.nodes - 1, "zero": self.nodes - 2}
        return min(self.modes, most[self.edge])

    @property
    def size(self) -> int:
        """Coefficients: two per frequency of a periodic axis, one otherwise."""
        return self.kept * (2 if self.edge == "wrap" else 1)

    @property
    def by_fft(self) -> bool:
        """Whether the FFT is used: many modes on many nodes."""
        if self.way != "auto":
            return self.way == "fft"
        return self.size > FFT_FROM * math.log2(self.nodes)

    def analyse(self, x: Array) -> Array:
        """Return the coefficients (b, size, c) of values (b, nodes, c)."""
        return _analyse(self, x)

    def synthesise(self, z: Array) -> Array:
        """Return the values (b, nodes, c) of coefficients (b, size, c)."""
        return _synthesise(self, z)


@lru_cache(maxsize=256)
def _matrices(axis: AxisTransform) -> tuple[np.ndarray, np.ndarray]:
    """Return analysis (size, nodes) and synthesis (nodes, size)."""
    if axis.edge == "wrap":
        angle = 2 * np.pi * np.outer(np.arange(axis.kept), np.arange(axis.nodes)) / axis.nodes
        rows, weights = np.concatenate([np.cos(angle), np.sin(angle)]), np.full(axis.nodes, 1.0)
        weights /= axis.nodes
    else:
        first = 0 if axis.edge == "copy" else 1
        orders = np.arange(first, first + axis.kept)
        angle = np.pi * np.outer(orders, np.arange(axis.nodes)) / (axis.nodes - 1)
        rows = np.cos(angle) if axis.edge == "copy" else np.sin(angle)
        weights = np.full(axis.nodes, 1.0 / (axis.nodes - 1))
        weights[[0, -1]] *= 0.5
    twice = np.full(len(rows), 2.0)
    if axis.edge != "zero":
        twice[0] = 1.0
    return rows * weights, np.ascontiguousarray((rows * twice[:, None]).T)


def _multiply(matrix: np.ndarray, x: Array) -> Array:
    """Apply one matrix to every item of (b, k, c).

    As a product with a batch: otherwise XLA turns the features around in memory, one by one.
    """
    same = jnp.asarray(matrix, x.dtype)
    return jnp.matmul(jnp.broadcast_to(same, (x.shape[0], *same.shape)), x)


def _extended(axis: AxisTransform, x: Array) -> Array:
    """Return the even or odd periodic extension of values between two walls."""
    inner = jnp.flip(x[:, 1:-1], axis=1)
    if axis.edge == "copy":
        return jnp.concatenate([x, inner], axis=1)
    wall = jnp.zeros_like(x[:, :1])
    return jnp.concatenate([wall, x[:, 1:-1], wall, -inner], axis=1)


def _analyse(axis: AxisTransform, x: Array) -> Array:
    if not axis.by_fft:
        return _multiply(_matrices(axis)[0], x)
    wide = x if axis.edge == "wrap" else _extended(axis, x)
    first = 1 if axis.edge == "zero" else 0
    found = jnp.fft.rfft(wide, axis=1, norm="forward")[:, first : first + axis.kept]
    if axis.edge == "wrap":
        return jnp.concatenate([found.real, -found.imag], axis=1)
    return found.real if axis.edge == "copy" else -found.imag


def _synthesise(axis: AxisTransform, z: Array) -> Array:
    if not axis.by_fft:
        return _multiply(_matrices(axis)[1], z)
    if axis.edge == "wrap":
        wave = jax.lax.complex(z[:, : axis.kept], -z[:, axis.kept :])
    else:
        zero = jnp.zeros_like(z)
        wave = jax.lax.complex(z, zero) if axis.edge == "copy" else jax.lax.complex(zero, -z)
    period = axis.nodes if axis.edge == "wrap" else 2 * (axis.nodes - 1)
    first = 1 if axis.edge == "zero" else 0
    missing = period // 2 + 1 - first - axis.kept
    wave = jnp.pad(wave, ((0, 0), (first, missing), (0, 0)))
    return jnp.fft.irfft(wave, n=period, axis=1, norm="forward")[:, : axis.nodes]


@final
@dataclass(frozen=True)
class GridTransform:
    """The transform of every axis of a grid, and the complex modes that convolutions multiply.

    Modes are stored as pairs (real, imaginary) where an axis is periodic, as single numbers where
    none is. All periodic axes but the last carry both signs: k = 0 .. m - 1, then -1 .. -(m - 1).

    Args:
        axes: one to three of them.
    """

    axes: tuple[AxisTransform, ...]

    @property
    def signed(self) -> tuple[int, ...]:
        """Axes that carry both signs."""
        return tuple(i for i, axis in enumerate(self.axes) if axis.edge == "wrap")[:-1]

    @property
    def parts(self) -> int:
        """Two where the modes are complex, one where they are real."""
        return 2 if any(axis.edge == "wrap" for axis in self.axes) else 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Modes per axis."""
        kept = [axis.kept for axis in self.axes]
        return tuple(2 * n - 1 if i in self.signed else n for i, n in enumerate(kept))

    def analyse(self, x: Array) -> Array:
        """Return the modes (n, *shape, parts, c) of values (n, *grid, c)."""
        for i, axis in enumerate(self.axes):
            x = self._along(x, i, axis.analyse, axis.size)
        if self.parts == 1:
            return x[..., None, :]
        last = max(i for i, axis in enumerate(self.axes) if axis.edge == "wrap")
        cosine, sine = jnp.split(x, 2, axis=last + 1)
        z = jnp.stack([cosine, -sine], axis=-2)
        for i in self.signed:
            cosine, sine = jnp.split(z, 2, axis=i + 1)
            turned = _times_i(sine)
            below = jax.lax.slice_in_dim(cosine + turned, 1, None, axis=i + 1)
            z = jnp.concatenate([cosine - turned, below], axis=i + 1)
        return z

    def synthesise(self, z: Array) -> Array:
        """Return the values (n, *grid, c) of modes (n, *shape, parts, c)."""
        x = self._real(z) if self.parts == 2 else z[..., 0, :]
        for i, axis in reversed(list(enumerate(self.axes))):
            x = self._along(x, i, axis.synthesise, axis.nodes)
        return x

    def _real(self, z: Array) -> Array:
        for i in self.signed:
            kept = self.axes[i].kept
            # Both signs are there: the factor two of one-sided sums is taken back.
            above = jax.lax.slice_in_dim(z, 0, kept, axis=i + 1)
            sides = [1] * z.ndim
            sides[i + 1] = kept
            half = np.where(np.arange(kept) == 0, 1.0, 0.5).reshape(sides)
            above = above * jnp.asarray(half, z.dtype)
            widths = [(0, 0)] * z.ndim
            widths[i + 1] = (1, 0)
            below = 0.5 * jnp.pad(jax.lax.slice_in_dim(z, kept, None, axis=i + 1), widths)
            sine = _times_i(above - below)
            # The sine of frequency zero is no function: its coefficient does not matter.
            z = jnp.concatenate([above + below, sine], axis=i + 1)
        last = max(i for i, axis in enumerate(self.axes) if axis.edge == "wrap")
        return jnp.concatenate([z[..., 0, :], -z[..., 1, :]], axis=last + 1)

    def _along(self, x: Array, i: int, function: Callable[[Array], Array], size: int) -> Array:
        before, after = x.shape[: i + 1], x.shape[i + 2 :]
        flat = x.reshape(math.prod(before), x.shape[i + 1], math.prod(after))
        return function(flat).reshape(*before, size, *after)


def _times_i(z: Array) -> Array:
    """Return i z for pairs (..., 2, c)."""
    return jnp.stack([-z[..., 1, :], z[..., 0, :]], axis=-2)


def grid_transform(
    modes: tuple[int, ...], edges: tuple[Edge, ...], grid: tuple[int, ...], *, way: Way = "auto"
) -> GridTransform:
    """Return the transform of a grid.

    Raises:
        OptionError: not as many modes, edges and sides; or an axis of fewer than three nodes.
    """
    if not len(modes) == len(edges) == len(grid) or not 1 <= len(grid) <= 3:
        got = f"{modes}, {edges} for a grid {grid}"
        raise OptionError("modes and an edge for one to three axes", got, "Give as many of each.")
    if min(grid) < 3:
        raise OptionError("three nodes or more along each axis", str(grid), "Give a finer grid.")
    return GridTransform(
        tuple(AxisTransform(m, e, n, way) for m, e, n in zip(modes, edges, grid, strict=True))
    )
