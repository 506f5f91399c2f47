"""The answer of finite volumes: limited linear in every cell, linear between kept times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, Index, Jet, closure
from residuum._core._arrays import on_device
from residuum._core._jet import factorial
from residuum.discretise.volumes._cells import Cells

Neighbours = tuple[Any, Any, Any]
"""Means of a cell and of the cells before and behind it."""


@final
class VolumeField(Field):
    """Cell means with van Leer's limited slopes.

    Args:
        values: means of the cells at the kept times, (times, *counts, m).
        times: kept times, (times,), increasing.
        low, high: ends of every space axis.
        periodic: whether an axis closes on itself.

    The field jumps from cell to cell, as the answer may. Inside a cell its slope is the limited
    one, higher derivatives are zero; its time derivative is that between two kept times. Before
    the first and after the last of them the state is held, and so is the end of an axis.
    """

    values: Array
    times: Array
    low: tuple[float, ...] = eqx.field(static=True)
    high: tuple[float, ...] = eqx.field(static=True)
    periodic: tuple[bool, ...] = eqx.field(static=True)

    @property
    def cells(self) -> Cells:
        """The cells."""
        return Cells(self.low, self.high, tuple(self.values.shape[1:-1]), self.periodic)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        points, values = jnp.asarray(points), jnp.asarray(self.values)
        slab, later, width = self._slab(jnp, jnp.asarray(self.times), points[:, 0])
        at, place = self._cell(jnp, points[:, 1:])
        pair = [self._space(jnp, values, (slab + k, *at), place) for k in (0, 1)]
        parts: dict[Index, Any] = {}
        for index in wanted:
            rows = [_chosen(row, index[1:]) for row in pair]
            value = (1 - later) * rows[0] + later * rows[1]
            rate = (rows[1] - rows[0]) / width
            zero = jnp.zeros_like(value)
            found = value if index[0] == 0 else rate if index[0] == 1 else zero
            parts[index] = found / factorial(index)
        return Jet(parts)

    def numeric(self, points: np.ndarray) -> np.ndarray:
        """Return the values in NumPy without compiling anything: (n, d) to (n, m)."""
        values, times = np.asarray(self.values), np.asarray(self.times)
        slab, later, _ = self._slab(np, times, points[:, 0])
        at, place = self._cell(np, points[:, 1:])
        rows = [self._space(np, values, (slab + k, *at), place)[0] for k in (0, 1)]
        return np.asarray((1 - later) * rows[0] + later * rows[1])

    def sampled(self, times: np.ndarray, parts: int) -> np.ndarray:
        """Return values at times and at ``parts`` even places per axis in every cell, in NumPy.

        The result has the shape (len(times), *(parts·counts), m).
        """
        known, states = np.asarray(self.times), np.asarray(self.values)
        slab = np.clip(np.searchsorted(known, times, side="right") - 1, 0, len(known) - 2)
        share = np.clip((times - known[slab]) / (known[slab + 1] - known[slab]), 0.0, 1.0)
        rows = [
            (1 - s) * self._refined(states[k], parts) + s * self._refined(states[k + 1], parts)
            for k, s in zip(slab, share, strict=True)
        ]
        return np.stack(rows)

    def _refined(self, state: np.ndarray, parts: int) -> np.ndarray:
        """Return a state at places inside its cells."""
        counts, d = state.shape[:-1], state.ndim - 1
        found = state.reshape(*(n for count in counts for n in (count, 1)), -1)
        shares = (np.arange(parts) + 0.5) / parts - 0.5
        total = np.broadcast_to(found, (*(n for c in counts for n in (c, parts)), state.shape[-1]))
        for k in range(d):
            order = np.arange(counts[k])
            triple = [np.take(state, self._neighbour(order, k, s), axis=k) for s in (-2, -1, 1, 2)]
            slope = _slope(np, order, counts[k], (*triple, state), axis=k, ring=self.periodic[k])
            wide = slope.reshape(found.shape)
            shape = [1] * (2 * d + 1)
            shape[2 * k + 1] = parts
            total = total + wide * shares.reshape(shape)
        return np.asarray(total.reshape(*(c * parts for c in counts), -1))

    def _slab(self, xp: Any, known: Any, times: Any) -> tuple[Any, Any, Any]:
        slab = xp.clip(xp.searchsorted(known, times, side="right") - 1, 0, len(known) - 2)
        width = (known[slab + 1] - known[slab])[:, None]
        later = xp.clip((times - known[slab])[:, None] / width, 0.0, 1.0)
        return slab, later, width

    def _cell(self, xp: Any, places: Any) -> tuple[list[Any], Any]:
        """Return the cell of every point along every axis, and its place from the centre."""
        cells, found, offsets = self.cells, [], []
        for k, (count, width) in enumerate(zip(cells.counts, cells.widths, strict=True)):
            share = (places[:, k] - self.low[k]) / width
            number = xp.clip(xp.floor(share), 0, count - 1)
            found.append(number.astype(int))
            offsets.append(xp.clip(share - number - 0.5, -0.5, 0.5))
        return found, xp.stack(offsets, axis=1)

    def _space(self, xp: Any, values: Any, at: Sequence[Any], place: Any) -> list[Any]:
        """Return the value and the slopes of kept states at points: (n, m) each."""
        mean = values[tuple(at)]
        total, slopes = mean, []
        for k, (count, width) in enumerate(zip(self.cells.counts, self.cells.widths, strict=True)):
            row = []
            for shift in (-2, -1, 1, 2):
                moved = list(at)
                moved[1 + k] = self._neighbour(at[1 + k], k, shift)
                row.append(values[tuple(moved)])
            slope = _slope(xp, at[1 + k], count, (*row, mean), axis=0, ring=self.periodic[k])
            total = total + slope * place[:, k : k + 1]
            slopes.append(slope / width)
        return [total, *slopes]

    def _neighbour(self, cell: Any, axis: int, shift: int) -> Any:
        count = self.values.shape[1 + axis]
        if self.periodic[axis]:
            return (cell + shift) % count
        return (cell + shift).clip(0, count - 1)


def _slope(xp: Any, cell: Any, count: int, values: Sequence[Any], *, axis: int, ring: bool) -> Any:
    """Return limited slopes times the width, from two neighbours on each side and the cell.

    The first and the last cell of an open axis take the smaller of their two differences inwards.
    """
    before, back, ahead, behind, own = values
    left, right = own - back, ahead - own
    if not ring:
        shape = [1] * own.ndim
        shape[axis] = -1
        first, last = (cell == 0).reshape(shape), (cell == count - 1).reshape(shape)
        left, right = (
            xp.where(first, behind - ahead, left),
            xp.where(last, back - before, right),
        )
    same = left * right > 0
    total = xp.where(same, left + right, 1.0)
    return xp.where(same, 2 * left * right / total, 0.0)


def _chosen(row: Sequence[Array], index: Index) -> Array:
    """Return the derivative of a linear function: its value, one of its slopes, or zero."""
    if sum(index) == 0:
        return row[0]
    if sum(index) == 1:
        return row[1 + index.index(1)]
    return jnp.zeros_like(row[0])


def field_of(cells: Cells, times: np.ndarray, states: np.ndarray, end: float) -> VolumeField:
    """Return the field of kept states (k, m, *counts); a single one is held until ``end``."""
    if len(times) == 1:
        times, states = np.r_[times, max(end, times[0] + 1e-300)], np.concatenate([states, states])
    values = np.moveaxis(states, 1, -1)
    made = (on_device(values), on_device(times), cells.low, cells.high, cells.periodic)
    return VolumeField(*made)
