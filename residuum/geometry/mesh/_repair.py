"""What files of other programs need before they are meshes: repairs that are told, or errors."""

from __future__ import annotations

import warnings

import numpy as np

from residuum._core._errors import FileError
from residuum.geometry._checks import Array
from residuum.geometry.mesh._boundary import hanging
from residuum.geometry.mesh._simplices import Numbers, areas, border, facet_keys, volumes

UNNAMED = "unnamed"
"""Part of all boundary facets that a file gives no name."""


class MeshWarning(UserWarning):
    """Something in a mesh file was repaired or left out."""


def tell(what: str) -> None:
    """Warn of a repair."""
    warnings.warn(what, MeshWarning, stacklevel=4)


def flattened(points: Array, dimension: int) -> Array:
    """Return the points without constant coordinates, (n, dimension).

    Raises:
        FileError: the cells have fewer dimensions than the space they lie in.
    """
    size = float(np.ptp(points, axis=0).max()) if len(points) else 0.0
    varying = np.flatnonzero(np.ptp(points, axis=0) > 1e-9 * size)
    # A flat mesh keeps its first coordinates, as written by programs that always write three.
    kept = [*varying, *(k for k in range(points.shape[1]) if k not in varying)][:dimension]
    if len(varying) > dimension or len(kept) < dimension:
        got = f"cells of dimension {dimension} in a space of {len(varying)}"
        remedy = "Surfaces in space are no domain; mesh the solid, or project the surface."
        raise FileError("cells that fill their space", got, remedy)
    return points[:, sorted(kept)]


def merged(points: Array, cells: Numbers) -> Numbers:
    """Return for each point (n,) the first used one at the same place."""
    # SciPy is slow to import.
    from scipy.spatial import cKDTree

    used = np.unique(cells)
    size = float(np.ptp(points[used], axis=0).max())
    near = cKDTree(points[used]).query_pairs(1e-10 * size, output_type="ndarray")
    first = np.arange(len(points))
    if near.size:
        # In order, so that chains of close points end at the first of them.
        for low, high in np.sort(near, axis=1)[np.lexsort(np.sort(near, axis=1).T[::-1])]:
            first[used[high]] = first[used[low]]
        tell(f"{int((first != np.arange(len(points))).sum())} doubled points were joined")
    return first


def cleaned(points: Array, cells: Numbers) -> Numbers:
    """Return the cells without flat and doubled ones."""
    signed = np.abs(volumes(points, cells))
    sides = areas(points, cells[:, :2])
    for i in range(1, cells.shape[1]):
        for j in range(i):
            np.maximum(sides, areas(points, cells[:, [i, j]]), out=sides)
    good = signed > 1e-14 * sides ** (cells.shape[1] - 1)
    if not good.all():
        tell(f"{int((~good).sum())} flat cells were left out")
    cells = cells[good]
    if not len(cells):
        raise FileError("cells with a volume", "none", "Check the file.")
    first = np.sort(np.unique(facet_keys(cells, len(points)), return_index=True)[1])
    if len(first) < len(cells):
        tell(f"{len(cells) - len(first)} doubled cells were left out")
    return cells[first]


def check_joined(points: Array, cells: Numbers) -> None:
    """Refuse vertices on facets they do not belong to; tell of separate pieces."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    facets, manifold = border(cells, len(points))
    if not manifold:
        remedy = "Remove overlapping cells."
        raise FileError("at most two cells at a facet", "three or more", remedy)
    loose = hanging(points, facets)
    if len(loose):
        place = ", ".join(f"{value:g}" for value in points[loose[0]])
        got = f"{len(loose)} vertices on facets of other cells, the first at ({place})"
        remedy = "Export a conforming mesh, refined without hanging nodes."
        raise FileError("cells that meet at whole facets", got, remedy)
    ends = cells[:, :1].repeat(cells.shape[1] - 1, 1).ravel(), cells[:, 1:].ravel()
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(len(points),) * 2)
    pieces = connected_components(graph, directed=False, return_labels=False)
    if pieces > 1:
        tell(f"the mesh has {pieces} separate pieces: each needs its own conditions")


def sorted_parts(points: Array, cells: Numbers, named: dict[str, Numbers]) -> dict[str, Numbers]:
    """Return parts of which every boundary facet is in one: named ones first, the rest unnamed."""
    facets, _ = border(cells, len(points))
    count, owner = len(points), np.full(len(facets), -1)
    keys = facet_keys(np.concatenate([facets, *named.values()]), count)
    own, start = keys[: len(facets)], len(facets)
    order = np.argsort(own)
    lost, doubled = 0, 0
    for number, (_, found) in enumerate(named.items()):
        mine = keys[start : start + len(found)]
        start += len(found)
        place = order[np.minimum(np.searchsorted(own, mine, sorter=order), len(own) - 1)]
        on = own[place] == mine
        lost += int((~on).sum())
        doubled += int((owner[place[on]] >= 0).sum())
        free = place[on][owner[place[on]] < 0]
        owner[free] = number
    if lost:
        tell(f"{lost} named facets are not on the boundary and were left out")
    if doubled:
        tell(f"{doubled} boundary facets were named twice: the first name stays")
    parts = {name: facets[owner == number] for number, name in enumerate(named)}
    if (owner < 0).any():
        left = facets[owner < 0]
        tell(f"{len(left)} of {len(facets)} boundary facets have no name: part {UNNAMED!r}")
        parts[UNNAMED] = np.concatenate([parts.get(UNNAMED, left[:0]), left])
    return {name: found for name, found in parts.items() if len(found)}
