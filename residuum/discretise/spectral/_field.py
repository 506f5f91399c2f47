"""The answer of a spectral method: a function with exact derivatives between its nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Index, Jet, closure
from residuum._core._field import NumericField, read_in_chunks
from residuum._core._jet import factorial
from residuum.discretise.spectral import _barycentric as bary
from residuum.discretise.spectral._axis import AxisData, axis_of

CHUNK = 1 << 21
"""Numbers gathered at once while scattered points are evaluated: about 16 MB."""


@final
class GridField(NumericField):
    """Trigonometric and Chebyshev interpolation in space, piecewise polynomials in time.

    Args:
        values: what multiplies the bases: (slabs, nodes in time, *space, m), or (*space, m) for a
            steady field. Along Chebyshev axes these are nodal values, along Fourier axes the
            coefficients of cosines and sines.
        knots: ends of the slabs in time, (slabs + 1,), increasing; empty for a steady field.
        stages: places of the nodes within a slab, between 0 and 1; empty for a steady field.
        axes: the space axes as plain data, see ``axis_of``.

    Between the knots the field is a polynomial of degree ``len(stages) - 1``; it is continuous,
    its time derivative jumps at the knots by the size of the integration error. Beyond the ends
    of a Chebyshev axis the nearest end counts.
    """

    values: Array
    knots: Array
    stages: tuple[float, ...] = eqx.field(static=True)
    axes: tuple[AxisData, ...] = eqx.field(static=True)

    @property
    def steady(self) -> bool:
        """Whether the field has no time coordinate."""
        return not self.stages

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        table: list[Array] = _evaluate(self, jnp.asarray(points), wanted)
        return Jet({index: table[k] / factorial(index) for k, index in enumerate(wanted)})

    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray]:
        """Return derivatives in NumPy: nothing is compiled."""
        size = math.prod(self.values.shape[0 if self.steady else 1 :])
        return read_in_chunks(partial(_block, self), points, indices, max(1, CHUNK // max(size, 1)))

    def finite(self) -> bool:
        """Return whether its numbers are finite; the bases are."""
        return bool(np.isfinite(np.asarray(self.values)).all())

    def tensor(self, times: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
        """Return the values on a tensor grid: (len(times), len(places[0]), …, m), in NumPy.

        A steady field ignores ``times`` and leaves that axis out. Nothing is compiled.
        """
        found = np.asarray(self.values)
        if not self.steady:
            knots, nodes = np.asarray(self.knots), np.asarray(self.stages)
            slab = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
            places_in = (times - knots[slab]) / (knots[slab + 1] - knots[slab])
            rows = bary.basis(places_in, nodes, bary.weights(nodes))
            # One slice a time, so that a long history is never copied per time.
            pairs = zip(rows, slab, strict=True)
            found = np.stack([np.tensordot(row, found[k], 1) for row, k in pairs])
        first = 0 if self.steady else 1
        for k, (data, place) in enumerate(zip(self.axes, places, strict=True)):
            matrix = axis_of(data).basis(np.asarray(place, float), 0)[0]
            found = np.moveaxis(np.tensordot(matrix, found, axes=(1, first + k)), 0, first + k)
        return found

    def _rows(self, times: Any, order: int) -> tuple[Any, list[Any]]:
        """Return the slab of each time and the derivatives of its basis: (n,), [(n, nodes)]."""
        xp: Any = np if isinstance(times, np.ndarray) else jnp
        knots, nodes = xp.asarray(self.knots), np.asarray(self.stages)
        slab = xp.clip(xp.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
        width = knots[slab + 1] - knots[slab]
        weight = bary.weights(nodes)
        start = bary.basis((times - knots[slab]) / width, nodes, weight)
        matrices = bary.derivative_matrices(nodes[:, None] - nodes[None, :], weight, order)
        rows = [(start @ xp.asarray(m)) / width[:, None] ** k for k, m in enumerate(matrices)]
        return slab, rows


@eqx.filter_jit
def _evaluate(field: GridField, points: Array, indices: tuple[Index, ...]) -> list[Array]:
    n = points.shape[0]
    size = math.prod(field.values.shape[0 if field.steady else 1 :])
    chunk = max(1, min(n, CHUNK // max(size, 1)))
    pieces = -(-n // chunk)
    padded = jnp.concatenate(
        [points, jnp.broadcast_to(points[-1:], (pieces * chunk - n, points.shape[1]))]
    )
    parts = jax.lax.map(
        lambda block: _block(field, block, indices), padded.reshape(pieces, chunk, points.shape[1])
    )
    return [part.reshape(pieces * chunk, -1)[:n] for part in parts]


def _block(field: GridField, points: Any, indices: tuple[Index, ...]) -> list[Any]:
    """Return derivatives at points of NumPy or JAX, (n, m) each."""
    xp: Any = np if isinstance(points, np.ndarray) else jnp
    values = xp.asarray(field.values)
    top = [max(orders) for orders in zip(*indices, strict=True)]
    first = 0 if field.steady else 1
    rows = [
        axis_of(data).basis(points[:, first + k], top[first + k])
        for k, data in enumerate(field.axes)
    ]
    if field.steady:
        return [_contract(values, rows, index, steady=True) for index in indices]
    slab, times = field._rows(points[:, 0], top[0])
    local = values[slab]
    found: dict[int, Any] = {}
    for order in {index[0] for index in indices}:
        found[order] = xp.einsum("ns,ns...->n...", times[order], local)
    return [_contract(found[index[0]], rows, index[1:], steady=False) for index in indices]


def _contract(values: Any, rows: list[list[Any]], index: Index, *, steady: bool) -> Any:
    xp: Any = np if isinstance(values, np.ndarray) else jnp
    if not rows:
        return values
    if steady:
        found = xp.tensordot(rows[0][index[0]], values, 1)
    else:
        found = xp.einsum("na,na...->n...", rows[0][index[0]], values)
    for row, order in zip(rows[1:], index[1:], strict=True):
        found = xp.einsum("na,na...->n...", row[order], found)
    return found
