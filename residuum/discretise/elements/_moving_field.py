"""The answer of elements on a line whose nodes move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Field, Index, Jet
from residuum._core import _jet as jets


@final
class MovingField(Field):
    """Piecewise linear in space on nodes that move along straight lines between kept times.

    Args:
        times: kept times, (k,), increasing, at least two.
        nodes: places of the nodes, (k, n), increasing along the second axis.
        values: (k, n, unknowns).
        axis: column of the space coordinate among the points; the other one is time.

    The time derivative is that at a fixed place: what a node sees, less its speed times the slope.
    Derivatives in space of order two and more are zero inside cells. Before the first and after
    the last kept time the state is held.
    """

    times: Array
    nodes: Array
    values: Array
    axis: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        k = len(self.times)
        if k < 2 or self.nodes.shape[:1] != (k,) or self.values.shape[:2] != self.nodes.shape:
            got = f"{self.times.shape}, {self.nodes.shape}, {self.values.shape}"
            raise DataError("arrays (k,), (k, n) and (k, n, unknowns)", got, "Correct them.")

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, 2)."""
        points = jnp.asarray(points)
        start = jets.coordinates(points, [*indices, (0,) * points.shape[1]])
        fixed = jax.lax.stop_gradient(points)
        slab = self._slab(jnp, fixed)
        nodes = self._between(jnp, jnp.asarray(self.nodes), slab, self._share(jnp, fixed, slab))
        cell = jax.vmap(lambda row, x: jnp.searchsorted(row, x, side="right"))(
            nodes, fixed[:, self.axis]
        )
        cell = jnp.clip(cell - 1, 0, self.nodes.shape[1] - 2)

        def value(x: Array) -> Array:
            return self._at(jnp, x, slab, cell)

        if all(not any(index) for index in start.indices):
            return Jet({start.indices[0]: value(points)})
        return jets.transport(value, start)

    def numeric(self, points: np.ndarray) -> np.ndarray:
        """Return the values at points (n, 2) in NumPy, (n, unknowns)."""
        points = np.asarray(points, float)
        slab, nodes = self._slab(np, points), np.asarray(self.nodes)
        share, cell = self._share(np, points, slab), np.empty(len(points), int)
        for k in np.unique(slab):
            own = np.flatnonzero(slab == k)
            # Row by row of one slab; times of a slice are equal, so rows are few.
            for s in np.unique(share[own]):
                at = own[share[own] == s]
                row = (1 - s) * nodes[k] + s * nodes[k + 1]
                cell[at] = np.searchsorted(row, points[at, self.axis], side="right") - 1
        return np.asarray(self._at(np, points, slab, np.clip(cell, 0, nodes.shape[1] - 2)))

    def finite(self) -> bool:
        """Whether every number is finite: then so is the field."""
        parts = (self.times, self.nodes, self.values)
        return all(bool(np.isfinite(np.asarray(item)).all()) for item in parts)

    def _slab(self, xp: Any, points: Any) -> Any:
        times = xp.asarray(self.times)
        found = xp.searchsorted(times, points[:, 1 - self.axis], side="right") - 1
        return xp.clip(found, 0, len(times) - 2)

    def _share(self, xp: Any, points: Any, slab: Any) -> Any:
        times = xp.asarray(self.times)
        share = (points[:, 1 - self.axis] - times[slab]) / (times[slab + 1] - times[slab])
        return xp.clip(share, 0.0, 1.0)

    @staticmethod
    def _between(xp: Any, kept: Any, slab: Any, share: Any) -> Any:
        share = share.reshape(-1, *(1,) * (kept.ndim - 1))
        return (1 - share) * kept[slab] + share * kept[slab + 1]

    def _at(self, xp: Any, points: Any, slab: Any, cell: Any) -> Any:
        share, place = self._share(xp, points, slab), points[:, self.axis]
        nodes, values = xp.asarray(self.nodes), xp.asarray(self.values)
        ends = []
        for k in (cell, cell + 1):
            x = (1 - share) * nodes[slab, k] + share * nodes[slab + 1, k]
            u = (1 - share)[:, None] * values[slab, k] + share[:, None] * values[slab + 1, k]
            ends.append((x, u))
        (left, below), (right, above) = ends
        part = ((place - left) / (right - left))[:, None]
        return below + part * (above - below)
