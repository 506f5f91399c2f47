"""The mesh an element field lives on: maps of its cells, its facets, and the field at places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import numpy as np

from residuum.certify.bounds._raviart_thomas import barycentric, facet_points, rule, tangents
from residuum.discretise.elements import ElementField
from residuum.discretise.elements._reference import coefficients, exponents, nodes


@final
@dataclass(frozen=True, eq=False)
class Places:
    """Reference points of some cells, mapped.

    Args:
        points: (d, cells, q), in the order of the mesh axes.
        slopes: derivatives of the map, (cells, q or 1, d, d): rows are axes.
        weights: reference weights (q,).
        values: of each unknown, (unknowns, cells, q).
        gradients: (unknowns, cells, d, q).
        reference: the points themselves, (q, d).
        degree: of the quadrature.
    """

    points: np.ndarray
    slopes: np.ndarray
    weights: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    reference: np.ndarray
    degree: int = 0

    @cached_property
    def jacobians(self) -> np.ndarray:
        """Determinants of the map, with their sign, (cells, q or 1)."""
        return np.asarray(np.linalg.det(self.slopes))

    @cached_property
    def measures(self) -> np.ndarray:
        """What each point stands for, (cells, q)."""
        return np.asarray(np.abs(self.jacobians) * self.weights)


@final
class Cells:
    """Cells of a steady element field, with numbered facets.

    Reference coordinates are those of the corners in ascending order, so that cells that share a
    facet agree on it.

    Args:
        field: the field.
    """

    def __init__(self, field: ElementField) -> None:
        self.field = field
        self.nodes, self.table = np.asarray(field.nodes, float), np.asarray(field.cells)
        self.dimension = self.nodes.shape[1]
        given = self.table[:, : self.dimension + 1]
        self.corners = np.sort(given, axis=1)
        turns, kind = np.unique(np.argsort(given, axis=1), axis=0, return_inverse=True)
        self.turns = [(turn, np.flatnonzero(kind.ravel() == k)) for k, turn in enumerate(turns)]

    @property
    def count(self) -> int:
        """Number of cells."""
        return len(self.corners)

    @property
    def curved(self) -> bool:
        """Whether the cells are quadratic images, and not all of them straight ones."""
        if self.table.shape[1] == self.dimension + 1:
            return False
        middle = self._at(np.arange(self.count), rule(self.dimension, 4)[0])[0]
        straight = np.einsum(
            "vq,mvk->kmq", barycentric(rule(self.dimension, 4)[0])[0], self._simplex
        )
        return bool(np.abs(middle - straight).max() > 1e-12 * np.ptp(self.nodes))

    @cached_property
    def _simplex(self) -> np.ndarray:
        return self.nodes[self.corners]

    @cached_property
    def diameters(self) -> np.ndarray:
        """Longest edge of each cell (its corners'), (m,)."""
        away = self._simplex[:, :, None] - self._simplex[:, None]
        return np.asarray(np.linalg.norm(away, axis=3).max(axis=(1, 2)))

    @cached_property
    def measures(self) -> np.ndarray:
        """Area or volume of each cell, (m,)."""
        return np.asarray(self.inside(4).measures.sum(axis=1))

    @cached_property
    def _facets(self) -> tuple[np.ndarray, np.ndarray]:
        n, d = len(self.nodes), self.dimension
        every = np.stack([np.delete(self.corners, i, axis=1) for i in range(d + 1)], axis=1)
        keys = np.zeros(every.shape[:2], np.int64)
        for column in range(d):
            keys = keys * n + every[:, :, column]
        _, first, numbers = np.unique(keys, return_index=True, return_inverse=True)
        return every.reshape(-1, d)[first], numbers.reshape(keys.shape)

    @property
    def facets(self) -> np.ndarray:
        """Corners of every facet, (f, d)."""
        return self._facets[0]

    @property
    def facet_numbers(self) -> np.ndarray:
        """Number of the facet opposite to each corner of each cell, (m, d + 1)."""
        return self._facets[1]

    @cached_property
    def border(self) -> tuple[np.ndarray, np.ndarray]:
        """Cell and local number of every boundary facet."""
        once = np.bincount(self.facet_numbers.ravel())[self.facet_numbers] == 1
        cells, local = np.nonzero(once)
        return cells, local

    def conforming(self, j: int) -> bool:
        """Whether an unknown has one value wherever cells meet."""
        order, d = self.field.orders[j], self.dimension
        dofs = np.asarray(self.field.dofs[j])
        straight = self.table.shape[1] == d + 1
        shape, _ = lagrange(d, 1 if straight else 2, nodes(d, order))
        places = np.einsum("mfk,fn->mnk", self.nodes[self.table], shape).reshape(-1, d)
        first = np.zeros((len(np.asarray(self.field.values[j])), d))
        first[dofs.ravel()] = places
        if np.abs(first[dofs.ravel()] - places).max() > 1e-9 * np.ptp(self.nodes):
            return False
        # As many numbers as places: no place has two.
        ends = np.concatenate([self.corners[:, pair] for pair in _pairs(d + 1)])
        edges = np.unique(ends @ np.array([len(self.nodes), 1]))
        used = len(np.unique(self.corners)), len(edges), len(self.facets), self.count
        inner = [1, order - 1, (order - 1) * (order - 2) // 2, 0]
        wanted = sum(inner[k] * used[{0: 0, d: 3}.get(k, k)] for k in range(d + 1))
        return len(np.unique(dofs)) == wanted

    def inside(self, degree: int) -> Places:
        """Return quadrature places of a degree in all cells."""
        points, weights = rule(self.dimension, degree)
        return replace(self._places(np.arange(self.count), points, weights), degree=degree)

    def on_border(self, degree: int, which: np.ndarray) -> dict[int, tuple[np.ndarray, Places]]:
        """Return places on chosen boundary facets: by local facet their rows and the places."""
        points, weights = rule(self.dimension - 1, degree)
        cells, local = self.border
        found = {}
        for i in range(self.dimension + 1):
            rows = which[local[which] == i]
            if rows.size:
                places = facet_points(self.dimension, i, points)
                found[i] = rows, self._places(cells[rows], places, weights)
        return found

    def on_corners(self, rows: np.ndarray, local: int) -> Places:
        """Return the corners of a facet of some cells as places."""
        d = self.dimension
        ends = np.concatenate([np.zeros((1, d - 1)), np.eye(d - 1)])
        return self._places(rows, facet_points(d, local, ends), np.ones(d))

    def sides(self, places: Places, local: int) -> np.ndarray:
        """Return the sides of mapped facets at places, (cells, q or 1, d - 1, d)."""
        return np.einsum("mqkl,sl->mqsk", places.slopes, tangents(self.dimension, local))

    def _places(self, rows: np.ndarray, points: np.ndarray, weights: np.ndarray) -> Places:
        d = self.dimension
        where, slopes = self._at(rows, points)
        inverse = np.linalg.inv(slopes)
        values, gradients = [], []
        for j, order in enumerate(self.field.orders):
            own = np.asarray(self.field.values[j])[np.asarray(self.field.dofs[j])[rows]]
            value, local = self._expanded(rows, own[:, :, None], order, points)
            values.append(value[:, 0])
            turned = [sum(inverse[..., k, i] * local[:, 0, k] for k in range(d)) for i in range(d)]
            gradients.append(np.stack(turned, axis=1))
        return Places(where, slopes, weights, np.stack(values), np.stack(gradients), points)

    def _at(self, rows: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mapped points (d, m, q) and the slopes of the map (m, q or 1, d, d)."""
        straight = self.table.shape[1] == self.dimension + 1
        own = self.nodes[self.table[rows]]
        where, slopes = self._expanded(rows, own, 1 if straight else 2, points)
        slopes = slopes[..., :1] if straight else slopes
        return where.transpose(1, 0, 2), slopes.transpose(0, 3, 1, 2)

    def _expanded(
        self, rows: np.ndarray, own: np.ndarray, order: int, points: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return values (m, n, q) and slopes (m, n, d, q) of coefficients (m, functions, n)."""
        d, q = self.dimension, len(points)
        value, slope = (
            np.empty((len(rows), own.shape[2], q)),
            np.empty((len(rows), own.shape[2], d, q)),
        )
        weights = barycentric(points)[0]
        place = np.full(self.count, -1)
        for turn, members in self.turns:
            place[members] = 1
            chosen = np.flatnonzero(place[rows] == 1)
            place[members] = -1
            if not chosen.size:
                continue
            # The cell's own coordinates are an affine image of the ascending ones.
            back = np.argsort(turn)
            turned = barycentric(np.zeros((1, d)))[1][back[1:]]
            shape, steep = lagrange(d, order, weights[back[1:]].T)
            part = own[chosen].transpose(0, 2, 1)
            value[chosen] = part @ shape
            slope[chosen] = np.tensordot(part, np.einsum("fkq,kl->flq", steep, turned), 1)
        return value, slope


def lagrange(dimension: int, order: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the reference functions (functions, n) and their slopes (functions, d, n)."""
    rows, table = exponents(dimension, order), coefficients(dimension, order)
    values = np.prod(points[None] ** rows[:, None], axis=2)
    slopes = []
    for k in range(dimension):
        lower = np.maximum(rows - np.eye(dimension, dtype=int)[k], 0)
        slopes.append(rows[:, k : k + 1] * np.prod(points[None] ** lower[:, None], axis=2))
    return table @ values, np.stack([table @ item for item in slopes], axis=1)


def _pairs(width: int) -> list[Any]:
    return [[i, j] for i in range(width) for j in range(i + 1, width)]
