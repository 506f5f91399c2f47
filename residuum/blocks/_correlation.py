"""The sum behind every convolution on a grid, as fast as XLA allows on processors.

Two things decide. The convolution must do its own padding: the same sum over an array that was
padded before took up to six times as long (24 channels, 64 x 64, 16 samples). And inside
``jax.lax.scan`` XLA's gradient of the kernel took twenty to forty times as long as outside; there
it has to be made of matrix products. ``benchmarks/convolution_speed.py`` measures both.
"""

from __future__ import annotations

import functools
from typing import Literal

import jax
import jax.numpy as jnp
from jax import Array

Edge = Literal["zero", "copy", "wrap"]
"""What lies beyond a side of the grid: zeros (a held wall), a copy of the last cell (an insulated
wall), or the other end (a periodic axis)."""
MODES = {"zero": "constant", "copy": "edge", "wrap": "wrap"}
Slope = Literal["plain", "chosen", "folded"]
"""How the gradient of a kernel is computed: by XLA (any differentiation; slow inside a scan), the
faster of both for the shape, or by matrix products (right inside a scan). The last two allow
reverse differentiation alone."""
LARGE, WIDE = 48 * 48, 20
"""From so many points of a plane and so many channels matrix products are the faster gradient."""


def padded(x: Array, edges: tuple[Edge, ...], margins: tuple[int, ...]) -> Array:
    """Lengthen the axes of (n, *grid, c) by a margin on both sides, as the edges ask."""
    for axis, (edge, margin) in enumerate(zip(edges, margins, strict=True), start=1):
        if margin:
            widths = [(0, 0)] * x.ndim
            widths[axis] = (margin, margin)
            x = jnp.pad(x, widths, mode=MODES[edge])
    return x


def correlate(x: Array, kernel: Array, edges: tuple[Edge, ...], slope: Slope = "plain") -> Array:
    """Slide a kernel over a grid that keeps its size.

    Sides are odd; between zeros they may be even, and then reach one node further ahead.

    Args:
        x: shape (n, *grid, inputs).
        kernel: shape (*sides, inputs, outputs).
        edges: what lies beyond the sides of each axis.
        slope: how the gradient of the kernel is computed.
    """
    margins = tuple(
        side // 2 if edge != "zero" else 0
        for side, edge in zip(kernel.shape[:-2], edges, strict=True)
    )
    found = _held(padded(x, edges, margins), kernel, slope)
    inner = tuple(
        slice(margin, size - margin)
        for margin, size in zip(margins, found.shape[1:-1], strict=True)
    )
    return found[(slice(None), *inner)] if any(margins) else found


def _held(x: Array, kernel: Array, slope: Slope) -> Array:
    """Correlate with zeros beyond every side.

    Three dimensions and more are sums over planes: XLA has fast kernels for the plane alone.
    """
    if kernel.ndim == 3:
        return _held(x[:, None], kernel[None], slope)[:, 0]
    if kernel.ndim == 4:
        if slope == "folded" or (slope == "chosen" and _large(x)):
            return _folded(x, kernel)
        return _plane(x, kernel)
    side, depth = len(kernel), x.shape[1]
    wide = jnp.pad(x, [(0, 0), ((side - 1) // 2, side // 2), *[(0, 0)] * (x.ndim - 2)])
    parts = []
    for k in range(side):
        slices = wide[:, k : k + depth]
        found = _held(slices.reshape(-1, *slices.shape[2:]), kernel[k], slope)
        parts.append(found.reshape(*x.shape[:-1], -1))
    return sum(parts[1:], parts[0])


def _large(x: Array) -> bool:
    return x.shape[1] * x.shape[2] >= LARGE and x.shape[-1] >= WIDE


def _plane(x: Array, kernel: Array) -> Array:
    layout = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=layout)


@jax.custom_vjp
def _folded(x: Array, kernel: Array) -> Array:
    return _plane(x, kernel)


def _forward(x: Array, kernel: Array) -> tuple[Array, tuple[Array, Array]]:
    return _plane(x, kernel), (x, kernel)


def _backward(kept: tuple[Array, Array], change: Array) -> tuple[Array, Array]:
    x, kernel = kept
    turned = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    # The margins change sides: those of even kernels differ.
    margins = [(side // 2, (side - 1) // 2) for side in kernel.shape[:2]]
    layout = ("NHWC", "HWIO", "NHWC")
    slope = jax.lax.conv_general_dilated(change, turned, (1, 1), margins, dimension_numbers=layout)
    return slope, kernel_slope(x, change, kernel.shape[:2])


_folded.defvjp(_forward, _backward)


def kernel_slope(x: Array, change: Array, sides: tuple[int, ...]) -> Array:
    """Return the gradient of a kernel in the plane, zeros beyond every side.

    One sample after the other: every shift of the change is laid beside the others as channels, and
    one matrix product with the values gives all of the kernel. The shifts are contiguous slices of
    the change, written with the gaps of the padded grid.

    Args:
        x: values (n, rows, columns, inputs).
        change: gradient with respect to the output, (n, rows, columns, outputs).
        sides: of the kernel.
    """
    (high, wide), columns = sides, x.shape[2] + sides[1] - 1
    inputs, outputs = x.shape[-1], change.shape[-1]
    margin = (((high - 1) // 2, high // 2), ((wide - 1) // 2, wide // 2), (0, 0))

    def one(total: Array, pair: tuple[Array, Array]) -> tuple[Array, None]:
        values = jnp.pad(pair[0], margin).reshape(-1, inputs)
        flat = jnp.pad(pair[1], ((0, high - 1), (0, wide - 1), (0, 0))).reshape(-1, outputs)
        places = [i * columns + j for i in range(high) for j in range(wide)]
        shifts = [jnp.pad(flat, ((at, 0), (0, 0)))[: len(flat)] for at in places]
        beside = jnp.concatenate(shifts, axis=-1)
        return total + jax.lax.dot_general(values, beside, (((0,), (0,)), ((), ()))), None

    start = jnp.zeros((inputs, high * wide * outputs), x.dtype)
    total, _ = jax.lax.scan(one, start, (x, change))
    return total.reshape(inputs, high, wide, outputs).transpose(1, 2, 0, 3)


def shifted_products(x: Array, kernel: Array, edges: tuple[Edge, ...]) -> Array:
    """Slide a kernel of its own over every channel: shifts and products, for few channels too.

    XLA's grouped convolutions take three to eleven times as long on processors.

    Args:
        x: shape (n, *grid, channels).
        kernel: shape (*sides, channels), odd sides.
        edges: what lies beyond the sides of each axis.
    """
    sides = kernel.shape[:-1]
    wide = padded(x, edges, tuple(side // 2 for side in sides))
    terms = []
    for place in _places(sides):
        window = tuple(slice(at, at + size) for at, size in zip(place, x.shape[1:-1], strict=True))
        terms.append(wide[(slice(None), *window)] * kernel[place])
    return functools.reduce(jnp.add, terms)


def _places(sides: tuple[int, ...]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for side in sides:
        found = [(*place, i) for place in found for i in range(side)]
    return found
