"""The answer of a finite-element solve: piecewise polynomials in space and in time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Field, Index, Jet
from residuum._core import _jet as jets
from residuum._core._arrays import on_device
from residuum.discretise.elements._location import locate, slopes_at, weights_at
from residuum.discretise.elements._reference import ELEMENTS, coefficients, exponents
from residuum.discretise.elements._space import Space

MOST_DEGREE = 8
"""Highest degree of the polynomials in time."""
NEWTON = 6
"""Steps that invert the map of a curved cell; its curvature is small, so few are needed."""


@final
class ElementField(Field):
    """Lagrange elements on a mesh, with a polynomial in time over every step.

    Args:
        nodes: geometry nodes, (n, d).
        cells: nodes of each cell, corners first, (m, nodes); quadratic cells are curved.
        dofs: for each unknown, the numbers of its functions cell by cell, (m, functions).
        values: for each unknown (degrees of freedom,), or (steps · degree + 1, degrees of freedom):
            states at evenly spaced times within every step, ends shared.
        knots: ends of the steps, increasing; empty for a steady field.
        orders: polynomial order of each unknown.
        degree: of the polynomials in time; 0 for a steady field.
        axes: for each mesh axis its column among the points.

    Within a cell the field is smooth; its derivatives jump from cell to cell, and those of an order
    above the polynomial's are zero. Points just outside the mesh (near a curved boundary) are
    answered by the nearest cell's polynomial.
    """

    nodes: Array
    cells: Array
    dofs: tuple[Array, ...]
    values: tuple[Array, ...]
    knots: Array
    orders: tuple[int, ...] = eqx.field(static=True)
    axes: tuple[int, ...] = eqx.field(static=True)
    degree: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        d, m = self.nodes.shape[1], len(self.orders)
        fits = m == len(self.dofs) == len(self.values) and len(self.axes) == d
        fits = fits and all((d, order) in ELEMENTS for order in self.orders)
        fits = fits and 0 <= self.degree <= MOST_DEGREE
        states = max(len(self.knots) - 1, 0) * self.degree + 1
        fits = fits and all(
            item.ndim == 1 + (self.degree > 0) and (self.degree == 0 or len(item) == states)
            for item in self.values
        )
        if not fits:
            got = f"orders {self.orders}, degree {self.degree}, axes {self.axes}"
            raise DataError("arrays of an element field that fit together", got, "Correct them.")

    @property
    def steady(self) -> bool:
        """Whether the field has no time coordinate."""
        return self.degree == 0

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        points = jnp.asarray(points)
        start = jets.coordinates(points, [*indices, (0,) * points.shape[1]])
        cells = self._cells(points)

        def value(x: Array) -> Array:
            return self._at(x, cells)

        if all(not any(index) for index in start.indices):
            return Jet({start.indices[0]: value(points)})
        return jets.transport(value, start)

    def _cells(self, points: Array) -> Array:
        """Return the cell of each point; the search itself is NumPy's."""

        def search(nodes: Any, cells: Any, places: Any) -> np.ndarray:
            return locate(np.asarray(nodes), np.asarray(cells), np.asarray(places)).astype(np.int32)

        shape = jax.ShapeDtypeStruct(points.shape[:1], jnp.int32)
        places = jax.lax.stop_gradient(points[:, jnp.asarray(self.axes)])
        return jax.pure_callback(search, shape, self.nodes, self.cells, places)

    def _at(self, points: Array, cells: Array) -> Array:
        local = self._local(points[:, jnp.asarray(self.axes)], cells)
        weights = None if self.steady else self._in_time(points)
        columns = []
        for j, order in enumerate(self.orders):
            shape = _shapes(local, len(self.axes), order)
            numbers = self.dofs[j][cells]
            if weights is None:
                columns.append((shape * self.values[j][numbers]).sum(axis=1))
                continue
            slab, rows = weights
            total: Any = 0.0
            for k in range(self.degree + 1):
                stage = self.values[j][(slab * self.degree + k)[:, None], numbers]
                total = total + rows[k] * (shape * stage).sum(axis=1)
            columns.append(total)
        return jnp.stack(columns, axis=1)

    def _in_time(self, points: Array) -> tuple[Array, list[Array]]:
        """Return the step of each time and the weights of the states within it."""
        (column,) = set(range(points.shape[1])) - set(self.axes)
        times, knots = points[:, column], jnp.asarray(self.knots)
        slab = jnp.clip(jnp.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
        # Beyond the last state, where a run was cut short, it is held.
        share = jnp.clip((times - knots[slab]) / (knots[slab + 1] - knots[slab]), 0.0, 1.0)
        return slab, _lagrange(share, self.degree)

    def _local(self, places: Array, cells: Array) -> Array:
        """Return reference coordinates in the cells, differentiable in the places."""
        own = self.nodes[self.cells[cells]]
        d = len(self.axes)
        matrix = jnp.swapaxes(own[:, 1 : d + 1] - own[:, :1], 1, 2)
        inverse = jnp.linalg.inv(matrix)
        local = jnp.einsum("nij,nj->ni", inverse, places - own[:, 0])
        if own.shape[1] == d + 1:
            return local
        for _ in range(NEWTON):
            local = local + _correction(inverse, places, local, own)
        # With the matrix of the place itself every step makes one more order of derivatives right.
        local = jax.lax.stop_gradient(local)
        slopes = jax.vmap(jax.jacfwd(lambda row: _shapes(row[None], d, 2)[0]))(local)
        inverse = jnp.linalg.inv(jnp.einsum("nak,nad->ndk", slopes, own))
        for _ in range(max(self.orders) + 1):
            local = local + _correction(inverse, places, local, own)
        return local

    def finite(self) -> bool:
        """Whether every coefficient is finite: then so is the field."""
        return all(bool(np.isfinite(np.asarray(item)).all()) for item in self.values)

    def states(self, share: float) -> list[np.ndarray]:
        """Return the coefficients of every unknown at a share of the whole time, in NumPy."""
        if self.steady:
            return [np.asarray(item) for item in self.values]
        knots = np.asarray(self.knots)
        time = knots[0] + share * (knots[-1] - knots[0])
        k = int(np.clip(np.searchsorted(knots, time, side="right") - 1, 0, len(knots) - 2))
        rows = np.array(_lagrange((time - knots[k]) / (knots[k + 1] - knots[k]), self.degree))
        cut = slice(k * self.degree, (k + 1) * self.degree + 1)
        return [rows @ np.asarray(item)[cut] for item in self.values]

    def vtk_mesh(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Return nodes (n, d) in the order of the space coordinates, cells, and the order."""
        # Space columns keep their order among the points, whatever that of the mesh axes is.
        nodes = np.asarray(self.nodes)[:, np.argsort(self.axes)]
        return nodes, np.asarray(self.cells), max(self.orders)

    def numeric(self, points: np.ndarray) -> np.ndarray:
        """Return the values at points (n, d) in NumPy, (n, m): nothing is compiled."""
        return self._first(points, [(0,) * points.shape[1]])[0]

    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray] | None:
        """Return values and first derivatives in NumPy; ``None`` where more are asked for."""
        if any(sum(index) > 1 for index in indices):
            return None
        return dict(zip(indices, self._first(points, indices), strict=True))

    def _first(self, points: np.ndarray, indices: Sequence[Index]) -> list[np.ndarray]:
        """Return values or first derivatives, (n, m) each."""
        nodes, cells = np.asarray(self.nodes), np.asarray(self.cells)
        places = np.ascontiguousarray(np.asarray(points, float)[:, list(self.axes)])
        found = locate(nodes, cells, places)
        result = [np.zeros((len(points), len(self.orders))) for _ in indices]
        inner = [[index[axis] for axis in self.axes] for index in indices]
        tables = {}
        for order in set(self.orders):
            own = (nodes, cells, found, places, order)
            tables[order] = weights_at(*own), slopes_at(*own) if any(map(any, inner)) else None
        for j, order in enumerate(self.orders):
            numbers, (shapes, slopes) = np.asarray(self.dofs[j])[found], tables[order]
            for values, index, along in zip(result, indices, inner, strict=True):
                rate = any(index) and not any(along)
                shape = shapes if slopes is None or not any(along) else slopes[..., along.index(1)]
                local = self._local_values(j, numbers, points, rate=rate)
                values[:, j] = (shape * local).sum(axis=1)
        return result

    def _local_values(
        self, j: int, numbers: np.ndarray, points: np.ndarray, *, rate: bool
    ) -> np.ndarray:
        """Return the coefficients of an unknown, or their rates, at the points' cells and times."""
        values = np.asarray(self.values[j])
        if self.steady:
            return values[numbers]
        (column,) = set(range(points.shape[1])) - set(self.axes)
        knots, times = np.asarray(self.knots), points[:, column]
        k = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
        width = knots[k + 1] - knots[k]
        share = (times - knots[k]) / width
        # Beyond the last state, where a run was cut short, it is held.
        held = np.clip(share, 0.0, 1.0)
        rows = _lagrange(held, self.degree)
        if rate:
            still = held != share
            rows = [np.where(still, 0.0, r) / width for r in _lagrange_rates(held, self.degree)]
        total = np.zeros(numbers.shape)
        for stage, row in enumerate(rows):
            total += row[:, None] * values[(k * self.degree + stage)[:, None], numbers]
        return total


def _lagrange_rates(share: np.ndarray, degree: int) -> list[np.ndarray]:
    """Return the derivatives of the weights by the share."""
    return [np.polyval(slope, share) for slope in _lagrange_slopes(degree)]


@cache
def _lagrange_slopes(degree: int) -> tuple[np.ndarray, ...]:
    """Return the derivatives of the weights as polynomials, highest power first."""
    nodes = np.arange(degree + 1) / degree
    found = []
    for k, own in enumerate(nodes):
        others = np.delete(nodes, k)
        found.append(np.polyder(np.poly(others) / np.prod(own - others)))
    return tuple(found)


def _lagrange(share: Any, degree: int) -> list[Any]:
    """Return the weights of evenly spaced states within a step, at a share of it."""
    nodes = [k / degree for k in range(degree + 1)]
    found = []
    for k, own in enumerate(nodes):
        weight: Any = 1.0
        for other in nodes[:k] + nodes[k + 1 :]:
            weight = weight * (share - other) / (own - other)
        found.append(weight)
    return found


def _correction(inverse: Array, places: Array, local: Array, own: Array) -> Array:
    """Return a step towards the reference coordinates of places in quadratic cells."""
    gap = places - jnp.einsum("na,nad->nd", _shapes(local, places.shape[1], 2), own)
    return jnp.einsum("nij,nj->ni", inverse, gap)


def _shapes(local: Array, dimension: int, order: int) -> Array:
    """Return the reference functions at points, (n, functions)."""
    powers, table = exponents(dimension, order), coefficients(dimension, order)
    terms = []
    for row in powers:
        term = jnp.ones(local.shape[0], local.dtype)
        for k, n in enumerate(row):
            for _ in range(int(n)):
                term = term * local[:, k]
        terms.append(term)
    return jnp.stack(terms, axis=1) @ jnp.asarray(table.T)


def steady_field(
    space: Space, state: np.ndarray, count: int, axes: tuple[int, ...]
) -> ElementField:
    """Return the field of the first ``count`` unknowns of a state (size,)."""
    nodes, cells = space.geometry
    parts = tuple(on_device(state[space.offsets[j] : space.offsets[j + 1]]) for j in range(count))
    return ElementField(
        on_device(nodes),
        on_device(cells),
        tuple(on_device(space.cell_dofs(j)) for j in range(count)),
        parts,
        jnp.zeros(0),
        space.orders[:count],
        axes,
        0,
    )


def evolving_field(
    space: Space, knots: np.ndarray, states: np.ndarray, count: int, axes: tuple[int, ...]
) -> ElementField:
    """Return the field of states (steps · degree + 1, size), evenly spaced within every step."""
    nodes, cells = space.geometry
    cuts = [slice(space.offsets[j], space.offsets[j + 1]) for j in range(count)]
    return ElementField(
        on_device(nodes),
        on_device(cells),
        tuple(on_device(space.cell_dofs(j)) for j in range(count)),
        tuple(on_device(states[:, cut]) for cut in cuts),
        on_device(knots),
        space.orders[:count],
        axes,
        (len(states) - 1) // max(len(knots) - 1, 1),
    )
