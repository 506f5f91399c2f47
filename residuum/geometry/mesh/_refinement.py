"""Cutting simplices along their edges: all into 2^d, or some by bisection, always conforming.

Sources: S. Zhang, "Successive subdivisions of tetrahedra", Houston J. Math. 21 (1995) (the inner
octahedron cut along its shortest diagonal); M. C. Rivara, "Algorithms for refining triangular
grids", Int. J. Numer. Methods Eng. 20 (1984) (bisection of longest edges).
"""

from __future__ import annotations

import numpy as np

from residuum.geometry._checks import Array, Indices, Mask
from residuum.geometry.mesh._simplices import Numbers, edge_keys, pairs, quality


def cut(simplices: Numbers, middles: Numbers, points: Array) -> Numbers:
    """Return all simplices (m, k+1) cut into 2^k along their edges.

    ``middles`` (m, e) numbers the middle of each local edge, ``points`` holds old and new points.
    """
    k = simplices.shape[1] - 1
    if k == 0:
        return simplices
    at = {pair: middles[:, column] for column, pair in enumerate(pairs(k + 1))}
    corner = [
        np.stack([simplices[:, i] if i == j else at[min(i, j), max(i, j)] for j in range(k + 1)], 1)
        for i in range(k + 1)
    ]
    if k == 1:
        return np.concatenate(corner)
    if k == 2:
        inner = [np.stack([at[0, 1], at[1, 2], at[0, 2]], axis=1)]
    else:
        inner = _octahedron(at, points)
    # Children of one cell stay together: neighbours in space stay neighbours in memory.
    return np.stack(corner + inner, axis=1).reshape(-1, k + 1)


def _octahedron(at: dict[tuple[int, int], Numbers], points: Array) -> list[Numbers]:
    """Return the four inner tetrahedra of each cut one, around the diagonal that suits them best.

    For most cells this is the shortest; among equal ones it keeps bricks cut as they are.
    """
    opposite = [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]
    choices = []
    for k, (a, b) in enumerate(opposite):
        (c, e), (d, f) = (opposite[(k + step) % 3] for step in (1, 2))
        ring = [at[c], at[d], at[e], at[f]]
        choices.append([np.stack([at[a], at[b], ring[i], ring[i - 1]], axis=1) for i in range(4)])
    worst = [np.min([quality(points, cells) for cells in four], axis=0) for four in choices]
    # Rounding must not choose among equal ones.
    best = np.argmax(np.round(worst, 9), axis=0)[:, None]
    return [np.choose(best, [four[i] for four in choices]) for i in range(4)]


def closure(cells: Numbers, marked: Indices, rank: Indices, numbers: Numbers) -> Mask:
    """Return which edges (e,) to split so that marked cells are cut and shapes stay good.

    All edges of marked cells; and where an edge of a triangle or tetrahedron is split, so is its
    longest. ``rank`` (e,) orders the edges by length without ties, ``numbers`` (m, local edges)
    gives the edges of each cell.
    """
    split = np.zeros(len(rank), dtype=bool)
    split[numbers[marked].ravel()] = True
    if cells.shape[1] == 2:
        return split
    groups = [numbers] if cells.shape[1] == 3 else [numbers, *_faces(numbers)]
    longest = [np.take_along_axis(g, rank[g].argmax(axis=1)[:, None], 1)[:, 0] for g in groups]
    while True:
        before = int(split.sum())
        for group, long in zip(groups, longest, strict=True):
            split[long[split[group].any(axis=1)]] = True
        if int(split.sum()) == before:
            return split


def _faces(numbers: Numbers) -> list[Numbers]:
    local = {pair: column for column, pair in enumerate(pairs(4))}
    triples = [[j for j in range(4) if j != i] for i in range(4)]
    return [numbers[:, [local[a, b], local[a, c], local[b, c]]] for a, b, c in triples]


def bisected(
    simplices: Numbers, split: Numbers, rank: Indices, *, count: int
) -> tuple[Numbers, Indices]:
    """Return the simplices cut at every split edge, longest first, and the parent of each.

    ``split`` holds the sorted keys (s,) of the edges to split (see `edge_keys`), whose middles
    get the numbers count, count + 1, …; ``rank`` (s,) orders them by length. The cuts of a face
    depend on the edges of that face alone, so neighbours agree.
    """
    current, parents = simplices, np.arange(len(simplices))
    if not split.size or simplices.shape[1] == 1:
        return current, parents
    finished: list[tuple[Numbers, Indices]] = []
    while len(current):
        keys = edge_keys(current, count)
        old = np.stack(
            [(current[:, i] < count) & (current[:, j] < count) for i, j in pairs(current.shape[1])],
            axis=1,
        )
        place = np.minimum(np.searchsorted(split, keys), len(split) - 1)
        order = np.where(old & (split[place] == keys), rank[place], -1)
        local = order.argmax(axis=1)
        open_ = np.take_along_axis(order, local[:, None], 1)[:, 0] >= 0
        finished.append((current[~open_], parents[~open_]))
        current, parents = _halved(
            current[open_],
            parents[open_],
            local[open_],
            count + np.take_along_axis(place, local[:, None], 1)[open_, 0],
        )
    return (
        np.concatenate([cells for cells, _ in finished]),
        np.concatenate([origin for _, origin in finished]),
    )


def _halved(
    cells: Numbers, parents: Indices, local: Indices, middle: Indices
) -> tuple[Numbers, Indices]:
    ends = np.array(pairs(cells.shape[1]))[local]
    one, two = cells.copy(), cells.copy()
    rows = np.arange(len(cells))
    one[rows, ends[:, 1]] = middle
    two[rows, ends[:, 0]] = middle
    return np.concatenate([one, two]), np.concatenate([parents, parents])
