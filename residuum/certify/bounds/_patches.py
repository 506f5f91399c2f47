"""Small constrained minimisations around every vertex, all patches of one size at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.certify.bounds._cells import Cells

BATCH = 2_000_000
"""Entries of the matrices solved at once."""


@final
@dataclass(frozen=True, eq=False)
class Condensed:
    """What each cell asks of the facet moments g of its part of a patch: 1/2 g S g - s g, b g = d.

    Args:
        matrix: S, (cells, moments, moments), moments facet after facet.
        load: s for the patch of each corner, (cells, d + 1, moments).
        outflow: b, (cells, moments).
        source: d for the patch of each corner, (cells, d + 1).
        given: prescribed moments of the patch of each vertex of a facet, (facets, d, moments).
        fixed: facets whose moments are prescribed, (facets,).
        open: boundary facets whose moments are free, (facets,).
        measures: of the cells, over their mean; what no flux can meet is shared out by them.
    """

    matrix: np.ndarray
    load: np.ndarray
    outflow: np.ndarray
    source: np.ndarray
    given: np.ndarray
    fixed: np.ndarray
    open: np.ndarray
    measures: np.ndarray


def facet_moments(cells: Cells, parts: Condensed) -> np.ndarray:
    """Return the moments (facets, per facet) of the sum of all patches' minimisers."""
    total: np.ndarray = parts.given.sum(axis=1)
    for group in _groups(cells, parts):
        size = group.size(total.shape[1])
        step = max(1, BATCH // size**2)
        for start in range(0, len(group.pairs), step):
            cut = slice(start, start + step)
            found = _solved(cells, parts, group.part(cut), size)
            np.add.at(total, group.facets[cut].ravel(), found.reshape(-1, total.shape[1]))
    return total


@final
@dataclass(frozen=True, eq=False)
class _Group:
    """Patches of one size.

    Args:
        pairs: (patches, cells): cell times corners plus corner.
        facets: free facets, (patches, facets).
        local: for each cell's facets at the vertex their number in the patch, (patches, cells, d);
            -1 for those prescribed.
        closed: whether no facet is open: then one constraint follows from the others.
    """

    pairs: np.ndarray
    facets: np.ndarray
    local: np.ndarray
    closed: bool

    def size(self, per_facet: int) -> int:
        """Number of unknowns of a patch."""
        return self.facets.shape[1] * per_facet + self.pairs.shape[1] + self.closed

    def part(self, cut: slice) -> _Group:
        """Return some of the patches."""
        return _Group(self.pairs[cut], self.facets[cut], self.local[cut], self.closed)


def _groups(cells: Cells, parts: Condensed) -> list[_Group]:
    d, count = cells.dimension, len(cells.nodes)
    vertex = cells.corners.ravel()
    order = np.argsort(vertex, kind="stable")
    cells_at = np.bincount(vertex, minlength=count)
    first = np.cumsum(cells_at) - cells_at
    free = ~parts.fixed
    owner = np.where(free[:, None], cells.facets, count).ravel()
    by_vertex = np.argsort(owner, kind="stable")
    facets_at = np.bincount(owner, minlength=count + 1)
    start = np.cumsum(facets_at) - facets_at
    rank = np.empty(len(owner), int)
    rank[by_vertex] = np.arange(len(owner)) - start[owner[by_vertex]]
    rank = np.where(free[:, None], rank.reshape(-1, d), -1)
    is_open = np.zeros(count, bool)
    is_open[cells.facets[parts.open].ravel()] = True
    local = _facets_at_corners(cells, rank)
    keys = np.stack([cells_at, facets_at[:count], is_open], axis=1)
    kinds, kind = np.unique(keys, axis=0, return_inverse=True)
    found = []
    for number, (n, m, opened) in enumerate(kinds.tolist()):
        members = np.flatnonzero(kind.ravel() == number)
        if n == 0:
            continue
        pairs = order[first[members][:, None] + np.arange(n)]
        facets = by_vertex[start[members][:, None] + np.arange(m)] // d
        found.append(_Group(pairs, facets, local[pairs], not opened))
    return found


def _facets_at_corners(cells: Cells, rank: np.ndarray) -> np.ndarray:
    """Return for each corner of each cell the ranks of the cell's d facets at it, (pairs, d)."""
    d = cells.dimension
    found = np.empty((cells.count, d + 1, d), int)
    for v in range(d + 1):
        for k, i in enumerate(_others(d, v)):
            found[:, v, k] = rank[cells.facet_numbers[:, i], v if v < i else v - 1]
    return found.reshape(-1, d)


def _others(d: int, v: int) -> list[int]:
    return [i for i in range(d + 1) if i != v]


def _solved(cells: Cells, parts: Condensed, group: _Group, size: int) -> np.ndarray:
    """Return the free moments of patches, (patches, facets, per facet)."""
    d, per = cells.dimension, parts.given.shape[2]
    cell, corner = np.divmod(group.pairs, d + 1)
    rows = np.array(
        [[i * per + k for i in _others(d, v) for k in range(per)] for v in range(d + 1)]
    )
    own = rows[corner]
    block = parts.matrix[cell[..., None, None], own[..., :, None], own[..., None, :]]
    outflow = parts.outflow[cell[..., None], own]
    known = _prescribed(cells, parts, cell, corner, group.local)
    load = np.take_along_axis(parts.load[cell, corner], own, 2)
    load = load - np.einsum("pnij,pnj->pni", block, known)
    source = parts.source[cell, corner] - np.einsum("pni,pni->pn", outflow, known)
    patches, n = cell.shape
    free = group.facets.shape[1] * per
    places = np.repeat(group.local, per, axis=2) * per + np.tile(np.arange(per), d)
    places = np.where(np.repeat(group.local, per, axis=2) < 0, size, places)
    matrix, right = np.zeros((patches, size + 1, size + 1)), np.zeros((patches, size + 1))
    line = np.arange(patches)[:, None]
    for j in range(n):
        at = places[:, j]
        matrix[line[..., None], at[:, :, None], at[:, None, :]] += block[:, j]
        matrix[line, free + j, at] = matrix[line, at, free + j] = outflow[:, j]
        right[line, at] += load[:, j]
        right[:, free + j] = source[:, j]
        if group.closed:
            # What no flux can meet is spread over the patch; it is counted in the residual.
            share = parts.measures[cell[:, j]]
            matrix[:, free + j, size - 1] = matrix[:, size - 1, free + j] = share
    found = np.linalg.solve(matrix[:, :size, :size], right[:, :size, None])[:, :free, 0]
    return found.reshape(patches, -1, per)


def _prescribed(
    cells: Cells, parts: Condensed, cell: np.ndarray, corner: np.ndarray, local: np.ndarray
) -> np.ndarray:
    """Return the prescribed moments of each cell's facets at the vertex, zero where free."""
    d, per = cells.dimension, parts.given.shape[2]
    found = np.zeros((*cell.shape, d, per))
    for v in range(d + 1):
        for k, i in enumerate(_others(d, v)):
            mine = (corner == v) & (local[..., k] < 0)
            facet = cells.facet_numbers[cell[mine], i]
            found[mine, k] = parts.given[facet, v if v < i else v - 1]
    return found.reshape(*cell.shape, d * per)
