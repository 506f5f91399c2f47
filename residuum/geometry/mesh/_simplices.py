"""Arrays of simplices: their measures, edges, facets and quality, without loops over cells."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from residuum.geometry._checks import Array

Numbers = NDArray[np.int64]


def volumes(points: Array, cells: Numbers) -> Array:
    """Return the signed measure (m,) of cells (m, d+1) over points (n, d)."""
    first = points[cells[:, 0]]
    # Column by column: far faster than a batched determinant.
    a = [(points[cells[:, i]] - first).T for i in range(1, cells.shape[1])]
    if len(a) == 1:
        return np.asarray(a[0][0])
    if len(a) == 2:
        return np.asarray(a[0][0] * a[1][1] - a[0][1] * a[1][0]) / 2
    (u, v, w) = a
    turned = (v[1] * w[2] - v[2] * w[1], v[2] * w[0] - v[0] * w[2], v[0] * w[1] - v[1] * w[0])
    return np.asarray(u[0] * turned[0] + u[1] * turned[1] + u[2] * turned[2]) / 6


def areas(points: Array, simplices: Numbers) -> Array:
    """Return the measure (m,) of simplices (m, k+1) of any dimension k <= d; one for points."""
    sides = points[simplices[:, 1:]] - points[simplices[:, :1]]
    k = sides.shape[1]
    if k == 0:
        return np.ones(len(simplices))
    gram = np.einsum("mid,mjd->mij", sides, sides)
    squared = gram[:, 0, 0] if k == 1 else np.linalg.det(gram)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)) / math.factorial(k))


def pairs(width: int) -> list[tuple[int, int]]:
    """Return the local edges of a simplex with that many vertices."""
    return list(itertools.combinations(range(width), 2))


def edge_keys(simplices: Numbers, count: int) -> Numbers:
    """Return one number per local edge, (m, e): smaller vertex times ``count`` plus the larger."""
    ordered = simplices.astype(np.int64)
    keys = np.empty((len(ordered), len(pairs(ordered.shape[1]))), dtype=np.int64)
    for column, (i, j) in enumerate(pairs(ordered.shape[1])):
        low = np.minimum(ordered[:, i], ordered[:, j])
        keys[:, column] = low * count + np.maximum(ordered[:, i], ordered[:, j])
    return keys


def split_keys(keys: Numbers, count: int) -> Numbers:
    """Return the vertex pairs (e, 2) of edge keys (e,)."""
    return np.stack(np.divmod(keys, count), axis=1)


def facet_keys(facets: Numbers, count: int) -> Numbers:
    """Return one number per facet (k, d), the same for the same vertices in any order."""
    ordered = np.sort(facets.astype(np.int64), axis=1)
    keys = ordered[:, 0]
    for column in ordered.T[1:]:
        if keys.size and int(keys.max()) >= 2**62 // max(count, 1):
            keys = np.unique(keys, return_inverse=True)[1].astype(np.int64)
        keys = keys * count + column
    return keys


def facets_of(cells: Numbers) -> Numbers:
    """Return the facets (m (d+1), d) of cells, rows ascending, facet i opposite to vertex i."""
    ordered = np.sort(cells, axis=1)
    d = cells.shape[1] - 1
    return np.concatenate([np.delete(ordered, i, axis=1) for i in range(d + 1)])


def border(cells: Numbers, count: int) -> tuple[Numbers, bool]:
    """Return the facets (k, d) that belong to one cell only, and whether none belongs to three."""
    facets = facets_of(cells)
    _, first, times = np.unique(facet_keys(facets, count), return_index=True, return_counts=True)
    return facets[np.sort(first[times == 1])], bool((times <= 2).all())


def lengths(points: Array, edges: Numbers) -> Array:
    """Return the lengths (e,) of edges (e, 2)."""
    away = points[edges[:, 1]] - points[edges[:, 0]]
    return np.asarray(np.sqrt(np.einsum("ed,ed->e", away, away)))


def quality(points: Array, cells: Numbers) -> Array:
    """Return the mean ratio (m,) in (0, 1] of each cell: 1 for the regular simplex.

    d (d! |T|)^(2/d) over the sum of squared edges, scaled.

    Source: A. Liu, B. Joe, "Relationship between tetrahedron shape measures", BIT 34 (1994).
    """
    d = cells.shape[1] - 1
    squares = np.zeros(len(cells))
    for i, j in pairs(d + 1):
        away = points[cells[:, j]] - points[cells[:, i]]
        squares += np.einsum("md,md->m", away, away)
    regular = (math.sqrt(d + 1) / (math.factorial(d) * 2 ** (d / 2))) ** (2 / d)
    ratio = np.abs(volumes(points, cells)) ** (2 / d) / squares
    return np.asarray(np.minimum(ratio * len(pairs(d + 1)) / regular, 1.0))
