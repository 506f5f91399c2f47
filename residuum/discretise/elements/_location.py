"""In which cell a point lies, and where in it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from functools import cached_property
from typing import final

import numpy as np
from scipy.spatial import cKDTree

from residuum.discretise.elements._reference import coefficients, exponents
from residuum.discretise.elements._reference import nodes as reference_nodes

NEAR, MORE = 12, 64
"""Nearest centroids tried first, and among cells of each size for points still without a cell."""
SLACK = 1e-10
STEPS = 6
"""Newton steps that invert the map of a curved cell."""
KEPT = 6
"""Search trees kept at a time."""


@final
class _Finder:
    """Search for the cells of one mesh."""

    def __init__(self, nodes: np.ndarray, cells: np.ndarray) -> None:
        d = nodes.shape[1]
        corners = nodes[cells[:, : d + 1]]
        self.origin = corners[:, 0]
        self.inverse = np.linalg.inv((corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1))
        self.centres, self.sizes = corners.mean(axis=1), np.ptp(corners, axis=1).max(axis=1)
        self.tree, self.every = cKDTree(self.centres), np.arange(len(cells))
        self.bent = np.zeros(len(cells), bool)
        if cells.shape[1] > d + 1:
            straight = np.einsum("ak,nkd->nad", _corner_shares(d), corners)
            off = np.abs(nodes[cells[:, d + 1 :]] - straight).max(axis=(1, 2))
            self.bent = off > 1e-12 * np.abs(corners - corners[:, :1]).max(axis=(1, 2))

    @cached_property
    def by_size(self) -> list[tuple[cKDTree, np.ndarray]]:
        """Search trees of cells of about one size, with their numbers."""
        # Beside many small cells the nearest centroids are all theirs: sizes are searched apart.
        group = np.floor(np.log2(self.sizes / self.sizes.max()) / 2)
        members = [np.flatnonzero(group == k) for k in np.unique(group)]
        return [(cKDTree(self.centres[own]), own) for own in members]

    def cells_of(self, points: np.ndarray) -> np.ndarray:
        """Return the cell that holds each point, or the one it is least outside of."""
        found, inside = self._among(points, (self.tree, self.every), NEAR)
        lost = np.flatnonzero(inside < -SLACK)
        for group in self.by_size if lost.size and self.tree.n > NEAR else ():
            again, better = self._among(points[lost], group, MORE)
            won = better > inside[lost]
            found[lost[won]], inside[lost[won]] = again[won], better[won]
        return found

    def _among(
        self, points: np.ndarray, group: tuple[cKDTree, np.ndarray], count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        tree, numbers = group
        count = min(count, tree.n)
        near = numbers[tree.query(points, k=count)[1].reshape(len(points), count)]
        found, best = near[:, 0].copy(), np.full(len(points), -np.inf)
        for k in range(count):
            # Only points that no cell holds yet go on looking.
            open_ = np.flatnonzero(best < -SLACK)
            if not open_.size:
                break
            cells = near[open_, k]
            local = self.local(points[open_], cells)
            depth = np.minimum(local.min(axis=1), 1 - local.sum(axis=1))
            won = depth > best[open_]
            found[open_[won]], best[open_[won]] = cells[won], depth[won]
        return found, best

    def local(self, points: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Return reference coordinates (n, d) in straight cells."""
        return np.einsum("nij,nj->ni", self.inverse[cells], points - self.origin[cells])


_FINDERS: OrderedDict[bytes, _Finder] = OrderedDict()


def _finder(nodes: np.ndarray, cells: np.ndarray) -> _Finder:
    mark = hashlib.blake2b(nodes.tobytes(), digest_size=16)
    mark.update(cells.tobytes())
    key = mark.digest()
    if key not in _FINDERS:
        _FINDERS[key] = _Finder(nodes, cells)
        while len(_FINDERS) > KEPT:
            _FINDERS.popitem(last=False)
    _FINDERS.move_to_end(key)
    return _FINDERS[key]


def locate(nodes: np.ndarray, cells: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the number of the cell each point lies in, (n,).

    Args:
        nodes: geometry nodes, (n, d).
        cells: nodes of each cell, corners first, (m, nodes).
        points: (k, d). A point outside the mesh gets the cell it is least outside of.
    """
    nodes, cells = np.ascontiguousarray(nodes), np.ascontiguousarray(cells)
    return _finder(nodes, cells).cells_of(np.asarray(points, float)).astype(np.int64)


def local_coordinates(
    nodes: np.ndarray, cells: np.ndarray, found: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Return reference coordinates (k, d) of points in their cells; Newton's method if curved."""
    nodes, cells = np.ascontiguousarray(nodes), np.ascontiguousarray(cells)
    finder = _finder(nodes, cells)
    local, d = finder.local(points, found), nodes.shape[1]
    bent = np.flatnonzero(finder.bent[found])
    if not bent.size:
        return local
    own, places, inner = nodes[cells[found[bent]]], points[bent], local[bent]
    for _ in range(STEPS):
        value, slope = shape_functions(inner, d, 2), shape_slopes(inner, d, 2)
        gap = places - np.einsum("na,nad->nd", value, own)
        matrix = np.einsum("nak,nad->ndk", slope, own)
        inner = inner + np.linalg.solve(matrix, gap[..., None])[..., 0]
    local[bent] = inner
    return local


def _corner_shares(dimension: int) -> np.ndarray:
    """Return the middles of the edges as means of the corners, (edges, corners)."""
    middles = reference_nodes(dimension, 2)[dimension + 1 :]
    return np.column_stack([1 - middles.sum(axis=1), middles])


def _monomials(local: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Return products of powers of the coordinates, (k, monomials)."""
    table = [np.ones_like(local)]
    for _ in range(int(powers.max(initial=0))):
        table.append(table[-1] * local)
    found = np.ones((len(local), len(powers)))
    for column, row in enumerate(powers):
        for k, n in enumerate(row):
            if n:
                found[:, column] *= table[n][:, k]
    return found


def shape_functions(local: np.ndarray, dimension: int, order: int) -> np.ndarray:
    """Return the reference functions at reference points (k, d): (k, functions)."""
    powers = exponents(dimension, order)
    found: np.ndarray = _monomials(local, powers) @ coefficients(dimension, order).T
    return found


def shape_slopes(local: np.ndarray, dimension: int, order: int) -> np.ndarray:
    """Return the derivatives of the reference functions, (k, functions, d)."""
    powers, table = exponents(dimension, order), coefficients(dimension, order)
    slopes = []
    for k in range(dimension):
        lower = powers.copy()
        lower[:, k] = np.maximum(lower[:, k] - 1, 0)
        slopes.append((powers[:, k] * _monomials(local, lower)) @ table.T)
    return np.stack(slopes, axis=2)


def weights_at(
    nodes: np.ndarray, cells: np.ndarray, found: np.ndarray, points: np.ndarray, order: int
) -> np.ndarray:
    """Return the functions of an order at points in their cells, (k, functions)."""
    local = local_coordinates(nodes, cells, found, points)
    return shape_functions(local, nodes.shape[1], order)


def slopes_at(
    nodes: np.ndarray, cells: np.ndarray, found: np.ndarray, points: np.ndarray, order: int
) -> np.ndarray:
    """Return the gradients of the functions at points in their cells, (k, functions, d)."""
    local, d = local_coordinates(nodes, cells, found, points), nodes.shape[1]
    finder = _finder(np.ascontiguousarray(nodes), np.ascontiguousarray(cells))
    inverse = finder.inverse[found]
    bent = np.flatnonzero(finder.bent[found])
    if bent.size:
        map_slopes = np.einsum(
            "nak,nad->ndk", shape_slopes(local[bent], d, 2), nodes[cells[found[bent]]]
        )
        inverse[bent] = np.linalg.inv(map_slopes)
    result: np.ndarray = shape_slopes(local, d, order) @ inverse
    return result
