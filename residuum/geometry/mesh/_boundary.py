"""Distance to the boundary facets of a mesh, and on which side of them a point is.

Source: J. A. Bærentzen, H. Aanæs, "Signed distance computation using the angle weighted
pseudonormal", IEEE Trans. Vis. Comput. Graph. 11 (2005).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, final

import numpy as np

from residuum.geometry._checks import Array, Indices
from residuum.geometry.mesh._simplices import (
    Numbers,
    edge_keys,
    facet_keys,
    facets_of,
    pairs,
)

_FEATURE = 1e-9


@final
class Boundary:
    """The facets that close a mesh, as a surface that points are near to.

    Args:
        points: (n, d) of the mesh.
        cells: (m, d+1) of the mesh.
        facets: (k, d) those of its boundary to look at.
    """

    def __init__(self, points: Array, cells: Numbers, facets: Numbers) -> None:
        self.points, self.cells, self.facets = points, cells, facets

    @cached_property
    def normals(self) -> Array:
        """Outward unit normals (k, d) of the facets."""
        count = len(self.points)
        every, wanted = (
            facet_keys(np.concatenate([facets_of(self.cells), self.facets]), count),
            len(self.facets),
        )
        order = np.argsort(every[:-wanted], kind="stable")
        place = order[np.searchsorted(every[:-wanted], every[-wanted:], sorter=order)]
        opposite, cell = np.divmod(place, len(self.cells))
        ordered = np.sort(self.cells[cell], axis=1)
        inner = self.points[ordered[np.arange(wanted), opposite]]
        raw = _normal(self.points[self.facets])
        return np.asarray(raw * -np.sign(_dot(inner - self._corners[:, 0], raw))[:, None])

    def nearest(self, points: Array) -> tuple[Array, Indices, Array]:
        """Return distance (n,), number of the nearest facet (n,) and its weights there (n, d)."""
        distance = np.full(len(points), np.inf)
        facet = np.zeros(len(points), dtype=np.intp)
        weights = np.zeros((len(points), self.facets.shape[1]))
        left, k = np.arange(len(points)), min(8, len(self.facets))
        while left.size:
            reach, near = self._tree.query(points[left], k=k)
            reach, near = reach.reshape(len(left), k), near.reshape(len(left), k)
            for start in range(0, len(left), max(1, 2**20 // k)):
                rows = slice(start, start + max(1, 2**20 // k))
                self._closest(points, left[rows], near[rows], (distance, facet, weights))
            # Facets farther off by more than the largest radius cannot be nearer.
            open_ = reach[:, -1] < distance[left] + self._radius
            left = left[open_] if k < len(self.facets) else left[:0]
            k = min(4 * k, len(self.facets))
        return distance, facet, weights

    def signed(self, points: Array) -> Array:
        """Return the signed distance (n,), negative inside; the facets must close the mesh."""
        distance, facet, weights = self.nearest(points)
        at = np.einsum("nk,nkd->nd", weights, self._corners[facet])
        outside = _dot(points - at, self.directions(facet, weights)) > 0
        return np.where(outside, distance, -distance)

    def directions(self, facet: Indices, weights: Array) -> Array:
        """Return outward unit vectors (n, d) at places on facets, mean ones at corners."""
        found = self.normals[facet].copy()
        on = weights > _FEATURE
        d = weights.shape[1]
        corner = (on.sum(axis=1) == 1) & (d > 1)
        found[corner] = self._at_vertices[
            self.facets[facet[corner], weights[corner].argmax(axis=1)]
        ]
        if d == 3:
            for column, (i, j) in enumerate(pairs(3)):
                edge = on[:, i] & on[:, j] & (on.sum(axis=1) == 2)
                found[edge] = self._at_edges[facet[edge], column]
        size = np.linalg.norm(found, axis=1, keepdims=True)
        return np.where(size > 1e-9, found / np.where(size > 1e-9, size, 1), self.normals[facet])

    def _closest(self, points: Array, rows: Indices, near: Indices, best: Any) -> None:
        flat = near.ravel()
        spots = np.repeat(points[rows], near.shape[1], axis=0)
        gap, weight = _onto(spots, self._corners[flat])
        gap = gap.reshape(near.shape)
        first = gap.argmin(axis=1)
        line = np.arange(len(rows))
        distance, facet, weights = best
        distance[rows] = gap[line, first]
        facet[rows] = near[line, first]
        weights[rows] = weight.reshape(*near.shape, -1)[line, first]

    @cached_property
    def _corners(self) -> Array:
        return self.points[self.facets]

    @cached_property
    def _radius(self) -> float:
        away = self._corners - self._corners.mean(axis=1, keepdims=True)
        return float(np.linalg.norm(away, axis=2).max())

    @cached_property
    def _tree(self) -> Any:
        # SciPy is slow to import.
        from scipy.spatial import cKDTree

        return cKDTree(self._corners.mean(axis=1))

    @cached_property
    def _at_vertices(self) -> Array:
        total = np.zeros_like(self.points)
        for i in range(self.facets.shape[1]):
            angle = _angles(self._corners, i)
            np.add.at(total, self.facets[:, i], angle[:, None] * self.normals)
        return total

    @cached_property
    def _at_edges(self) -> Array:
        keys = edge_keys(self.facets, len(self.points))
        _, place = np.unique(keys, return_inverse=True)
        place = place.reshape(keys.shape)
        total = np.zeros((int(place.max()) + 1, self.points.shape[1]))
        for column in range(keys.shape[1]):
            np.add.at(total, place[:, column], self.normals)
        return np.asarray(total[place])


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.einsum("nd,nd->n", a, b))


def _normal(corners: Array) -> Array:
    """Return unit normals (k, d) of facets (k, d, d), of either direction."""
    d = corners.shape[1]
    if d == 1:
        return np.ones((len(corners), 1))
    side = corners[:, 1] - corners[:, 0]
    raw = (
        np.stack([side[:, 1], -side[:, 0]], axis=1)
        if d == 2
        else np.cross(side, corners[:, 2] - corners[:, 0])
    )
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True))


def _angles(corners: Array, i: int) -> Array:
    """Return the angle (k,) of each facet at its corner i; one in the plane."""
    if corners.shape[1] < 3:
        return np.ones(len(corners))
    a, b = (corners[:, (i + step) % 3] - corners[:, i] for step in (1, 2))
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), _dot(a, b)))


def _onto(points: Array, corners: Array) -> tuple[Array, Array]:
    """Return distance (n,) and weights (n, d) of the nearest places on facets (n, d, d)."""
    d = corners.shape[1]
    if d == 1:
        return np.linalg.norm(points - corners[:, 0], axis=1), np.ones((len(points), 1))
    gap, weights = np.full(len(points), np.inf), np.zeros((len(points), d))
    for i, j in pairs(d):
        side, away = corners[:, j] - corners[:, i], points - corners[:, i]
        share = np.clip(_dot(away, side) / _dot(side, side), 0, 1)
        here = np.linalg.norm(away - share[:, None] * side, axis=1)
        nearer = here < gap
        gap[nearer] = here[nearer]
        weights[nearer] = 0
        weights[nearer, i], weights[nearer, j] = 1 - share[nearer], share[nearer]
    if d == 3:
        _over(points, corners, gap, weights)
    return gap, weights


def _over(points: Array, corners: Array, gap: Array, weights: Array) -> None:
    """Correct gap and weights of points whose foot is inside their triangle."""
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    away = points - corners[:, 0]
    uu, uv, vv, au, av = _dot(u, u), _dot(u, v), _dot(v, v), _dot(away, u), _dot(away, v)
    volume = uu * vv - uv * uv
    b, c = (vv * au - uv * av) / volume, (uu * av - uv * au) / volume
    inside = (b > 0) & (c > 0) & (b + c < 1)
    foot = b[:, None] * u + c[:, None] * v
    gap[inside] = np.linalg.norm(away - foot, axis=1)[inside]
    weights[inside] = np.stack([1 - b - c, b, c], axis=1)[inside]


def hanging(points: Array, facets: Numbers) -> Indices:
    """Return the vertices of facets that lie on a facet they are no corner of."""
    d = points.shape[1]
    if d == 1 or not len(facets):
        return np.zeros(0, dtype=np.intp)
    from scipy.spatial import cKDTree

    vertices = np.unique(facets)
    corners = points[facets]
    middle = corners.mean(axis=1)
    radius = np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1)
    near = cKDTree(points[vertices]).query_ball_point(middle, radius * (1 + 1e-9))
    sizes = np.array([len(found) for found in near])
    facet = np.repeat(np.arange(len(facets)), sizes)
    vertex = vertices[np.concatenate([np.asarray(found, dtype=np.intp) for found in near])]
    other = (facets[facet] != vertex[:, None]).all(axis=1)
    facet, vertex = facet[other], vertex[other]
    gap, _ = _onto(points[vertex], corners[facet])
    return np.unique(vertex[gap <= 1e-9 * radius[facet]])
