"""Features that live on patches of a box: one block per patch, times a window."""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Jet
from residuum._core import _jet as jets
from residuum.blocks._abstract import Block, Signature

EDGE = 1e-9
"""How near an edge, against half a box, a point must be for ``lean`` to decide its patch."""


class Patches(Block):
    """w_k(z)·φ_kj(z_k) and w_k(z) for every patch k of the box [-1, 1]^d cut into equal patches.

    With an overlap the windows are smooth and add up to one: along an axis
    w_k = S((z - a_k)/h) - S((z - a_{k+1})/h), where a_k are the edges, h is half the width of the
    overlap and S rises from 0 to 1 over [-1, 1] as a polynomial of degree seven, three times
    continuously differentiable. Without one they are the indicators of the patches, and derivatives
    are those of the patch alone. z_k runs over [-1, 1] on the support of w_k.

    Args:
        parts: one block of d inputs per patch, of equal structure; the last axis varies fastest.
        split: number of patches along each axis.
        overlap: width of the overlap of neighbours, as a share of a patch; 0 to 1.
        periodic: the axes along which first and last patch are neighbours.
        lean: for points on an edge, by axis: above 0 for the patch above, below 0 for that below.
    """

    parts: tuple[Block, ...]
    split: tuple[int, ...]
    overlap: float = 0.0
    periodic: tuple[int, ...] = ()
    lean: tuple[float, ...] = ()

    @property
    def signature(self) -> Signature:
        outputs = len(self.parts) * (self.parts[0].signature.outputs + 1)
        return Signature(len(self.split), outputs)

    def __call__(self, x: Array) -> Array:
        return self.jet(Jet({(0,) * x.shape[1]: x})).value

    def leaning(self, axis: int, side: float) -> Patches:
        """Return the same patches, with points on edges across an axis counted to one side."""
        lean = [*(self.lean or (0.0,) * len(self.split))]
        lean[axis] = side
        return Patches(self.parts, self.split, self.overlap, self.periodic, tuple(lean))

    def jet(self, jet: Jet) -> Jet:
        places = np.stack([g.ravel() for g in np.indices(self.split)], axis=1)
        window, local = None, []
        for axis in range(len(self.split)):
            column = self._beside(jet[:, axis : axis + 1], axis)
            factor = self._windows(column, axis)[:, places[:, axis]]
            window = factor if window is None else window * factor
            centre, half = self._frame(axis)
            inner = (column - centre) * (1.0 / half)
            local.append(inner[:, places[:, axis]])
        assert window is not None
        return self._joined(local, window)

    def _joined(self, local: list[Jet], window: Jet) -> Jet:
        """Apply every block to the coordinates of its patch, all patches in one pass."""
        arrays, shapes = zip(*(eqx.partition(part, _is_array) for part in self.parts), strict=True)
        stacked = jax.tree.map(lambda *items: jnp.stack(items), *arrays)

        def one(values: Any, columns: list[Jet], factor: Jet) -> Jet:
            block: Block = eqx.combine(values, shapes[0])
            found = block.jet(jets.concatenate([_upright(column) for column in columns]))
            factor = _upright(factor)
            return jets.concatenate([found * factor, factor])

        sideways = [column.linear(jnp.transpose) for column in local]
        outputs = self.signature.outputs
        parts = jax.vmap(one)(stacked, sideways, window.linear(jnp.transpose))
        joined = parts.linear(lambda part: jnp.moveaxis(part, 0, 1).reshape(part.shape[1], outputs))
        assert isinstance(joined, Jet)
        return joined

    def _beside(self, column: Jet, axis: int) -> Jet:
        """Return z along an axis as seen by each patch: wrapped around on a periodic axis."""
        count = self.split[axis]
        value = jnp.broadcast_to(column.value, (column.value.shape[0], count))
        if axis in self.periodic and count > 1:
            middle = -1 + (2 * np.arange(count) + 1) / count
            value = value - 2 * jnp.round((value - middle) / 2)
        rest = {
            index: None if part is None else jnp.broadcast_to(part, (part.shape[0], count))
            for index, part in column.parts.items()
        }
        return Jet({**rest, column.indices[0]: value})

    def _frame(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Return centre and half-width of the support of every window along an axis."""
        count = self.split[axis]
        edges = -1 + 2 * np.arange(count + 1) / count
        reach = self.overlap / count
        low, high = edges[:-1] - reach, edges[1:] + reach
        if axis not in self.periodic or count == 1:
            low, high = np.maximum(low, -1), np.minimum(high, 1)
        return (low + high) / 2, (high - low) / 2

    def _windows(self, column: Jet, axis: int) -> Jet:
        """Return the windows of an axis, one per patch, from z as seen by each."""
        count, wraps = self.split[axis], axis in self.periodic
        if count == 1:
            return jets.constant(jnp.ones_like(column.value), column.indices)
        edges = -1 + 2 * np.arange(count + 1) / count
        if self.overlap == 0:
            return jets.constant(self._inside(column.value, edges, axis), column.indices)
        reach = self.overlap / count
        up = _rise((column - edges[:-1]) * (1 / reach))
        down = _rise((column - edges[1:]) * (1 / reach))
        if not wraps:
            up = _with_ends(up, 0, 1.0)
            down = _with_ends(down, count - 1, 0.0)
        return up - down

    def _inside(self, z: Array, edges: np.ndarray, axis: int) -> Array:
        """Return one where a patch owns a point, else zero."""
        z = z + (self.lean[axis] if self.lean else 0.0) * EDGE
        low, high = edges[:-1].copy(), edges[1:].copy()
        if axis not in self.periodic:
            low[0], high[-1] = -math.inf, math.inf
        return jnp.where((z >= low) & (z < high), 1.0, 0.0)


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _upright(column: Jet) -> Jet:
    """Turn coefficients of shape (n,) into columns."""
    return column.linear(lambda part: part[:, None])


def _with_ends(steps: Jet, place: int, value: float) -> Jet:
    """Hold the step of one patch at a constant: there is no neighbour beyond the end of the box."""
    keep = np.ones(steps.value.shape[1])
    keep[place] = 0.0
    return steps * keep + value * (1.0 - keep)


def _rise(s: Jet) -> Jet:
    """Return S(s) = 1/2 + (35 s - 35 s³ + 21 s⁵ - 5 s⁷)/32 on [-1, 1], 0 below and 1 above."""
    within = jnp.where(jnp.abs(s.value) < 1, 1.0, 0.0)
    held = Jet({**s.parts, s.indices[0]: jnp.clip(s.value, -1, 1)})
    square = held * held
    inner = held * (((square * -5.0 + 21.0) * square - 35.0) * square + 35.0) * (1 / 32) + 0.5
    masked = inner.linear(lambda part: part * within)
    return Jet({**masked.parts, s.indices[0]: inner.value})
