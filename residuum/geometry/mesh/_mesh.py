"""Meshes of simplices with named boundary parts, and their refinement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, final

import numpy as np

from residuum._core._errors import DomainError, OptionError
from residuum.geometry._abstract import Shape
from residuum.geometry._checks import Array, Indices, Mask, checked_axes
from residuum.geometry.mesh._refinement import bisected, closure, cut
from residuum.geometry.mesh._simplices import (
    Numbers,
    areas,
    border,
    edge_keys,
    facet_keys,
    lengths,
    pairs,
    quality,
    split_keys,
    volumes,
)
from residuum.geometry.mesh._surfaces import Surface, moved, surface_numbers, surfaces_of

MOST_CELLS = 5_000_000
"""More cells than this are refused: about 2 GB for the mesh and its edges in space."""

_KINDS = {1: "lines", 2: "triangles", 3: "tetrahedra"}


@final
@dataclass(frozen=True, eq=False, repr=False)
class Mesh:
    """Lines, triangles or tetrahedra that share whole facets, and names for the boundary.

    Cells of the other orientation are turned round. Arrays are made read-only. A mesh of another
    program is best read by `read_mesh`, which repairs and tells; here faults are refused.

    Args:
        points: (n, d) with d = 1, 2 or 3, columns in the order of ``axes``, in their units.
        cells: (m, d+1) vertex numbers.
        parts: facets (k, d) by the name of the boundary part; every boundary facet is in exactly
            one part.
        axes: names of the d coordinates.
        shape: the shape that is approximated: new boundary points are moved onto its boundary.

    Raises:
        DomainError: numbers out of range, points that are not finite or not used, flat cells, three
            cells at a facet, or parts that do not make up the boundary.
    """

    points: Array
    cells: Numbers
    parts: Mapping[str, Numbers]
    axes: tuple[str, ...] = field(kw_only=True)
    shape: Shape | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64, order="C")
        cells = np.array(self.cells, dtype=np.int64, order="C")
        _check_arrays(points, cells)
        cells = _turned(points, cells)
        object.__setattr__(self, "axes", checked_axes(self.axes, points.shape[1]))
        parts = {
            name: np.sort(np.asarray(facets, dtype=np.int64).reshape(-1, points.shape[1]), axis=1)
            for name, facets in self.parts.items()
        }
        for array in (points, cells, *parts.values()):
            array.setflags(write=False)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "cells", cells)
        object.__setattr__(self, "parts", MappingProxyType(parts))
        self._check_parts()

    def __repr__(self) -> str:
        kind = _KINDS[self.dimension]
        return f"Mesh({len(self.points)} points, {len(self.cells)} {kind}, parts={[*self.parts]})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled.
        fields = (self.points, self.cells, dict(self.parts), self.axes, self.shape)
        return _restored, fields

    @property
    def dimension(self) -> int:
        """Number of coordinates, 1, 2 or 3."""
        return int(self.points.shape[1])

    @cached_property
    def size(self) -> float:
        """Length of the longest edge."""
        return float(lengths(self.points, self.edges()).max())

    @cached_property
    def sizes(self) -> Array:
        """Length of the longest edge of each cell, (m,)."""
        found = np.zeros(len(self.cells))
        for i, j in pairs(self.dimension + 1):
            np.maximum(found, lengths(self.points, self.cells[:, [i, j]]), out=found)
        return found

    @cached_property
    def measures(self) -> Array:
        """Length, area or volume of each cell, (m,)."""
        return volumes(self.points, self.cells)

    @property
    def measure(self) -> float:
        """Length, area or volume of all cells."""
        return float(self.measures.sum())

    def boundary_measure(self, part: str | None = None) -> float:
        """Return the measure of the facets of a part, or of all; in one dimension their number."""
        return float(
            areas(self.points, self.boundary() if part is None else self.parts[part]).sum()
        )

    def edges(self) -> Numbers:
        """Return every pair of joined vertices once, (e, 2), rows ascending and in order."""
        return self._edges

    def boundary(self) -> Numbers:
        """Return the facets (k, d) that belong to one cell only, vertices ascending."""
        return self._border

    @property
    def curved(self) -> bool:
        """Whether a boundary part of the shape is not flat."""
        return any(not surface.flat for surface, _ in self._held)

    def quality(self) -> Array:
        """Return the mean ratio (m,) of each cell: 1 for the regular simplex, towards 0 if flat."""
        return quality(self.points, self.cells)

    def edge_midpoints(self) -> Array:
        """Return the middle (e, d) of each of `edges`; on curved parts the point on the boundary.

        On a circle it is the middle of the arc; where two surfaces meet it is on both.
        """
        ends = self.edges()
        middle = (self.points[ends[:, 0]] + self.points[ends[:, 1]]) / 2
        holding = self._on_edges()
        held = np.zeros(len(middle), dtype=bool)
        for surface, mask in holding:
            held |= mask & (not surface.flat)
        if held.any():
            middle[held] = moved(middle[held], [(s, mask[held]) for s, mask in holding])
        return middle

    def refined(self, marked: Any = None) -> Mesh:
        """Return a finer mesh whose first points are those of this one, in the same order.

        Args:
            marked: numbers of the cells to refine, or a mask (m,); their edges are halved, and
                what it takes of their neighbours to fit. By default every cell is cut into 2^d.

        Boundary points are moved onto the shape where that keeps cells from turning over.

        Raises:
            OptionError: a number that is no cell, or more than five million cells.
        """
        chosen = None if marked is None else self._chosen(marked)
        least = len(self.cells) * 2**self.dimension if chosen is None else len(self.cells)
        if least > MOST_CELLS:
            remedy = "Refine fewer cells, or solve to a larger tolerance."
            raise OptionError(f"at most {MOST_CELLS} cells", f"{least}", remedy)
        split = self._to_split(chosen)
        middles = self.edge_midpoints()[split]
        points = np.concatenate([self.points, middles])
        divide = self._cutting(split, points) if chosen is None else self._bisecting(split)
        cells = divide(self.cells)
        points[len(self.points) :] = self._upright(points, cells, split)
        parts = {name: divide(facets) for name, facets in self.parts.items()}
        return Mesh(points, cells, parts, axes=self.axes, shape=self.shape)

    def _chosen(self, marked: Any) -> Indices:
        numbers = np.asarray(marked)
        if numbers.dtype == bool:
            good = numbers.shape == (len(self.cells),)
        else:
            good = numbers.ndim == 1 and (numbers.size == 0 or numbers.dtype.kind in "iu")
            good = good and (
                numbers.size == 0 or 0 <= numbers.min() <= numbers.max() < len(self.cells)
            )
        if not good:
            got = f"{numbers.dtype} of shape {numbers.shape}"
            remedy = "Pass an array of whole numbers, or a mask with one entry per cell."
            raise OptionError(f"numbers of cells, 0 to {len(self.cells) - 1}", got, remedy)
        return np.flatnonzero(numbers) if numbers.dtype == bool else numbers.astype(np.intp)

    def _to_split(self, chosen: Indices | None) -> Mask:
        if chosen is None:
            return np.ones(len(self._keys), dtype=bool)
        numbers = np.searchsorted(self._keys, edge_keys(self.cells, len(self.points)))
        return closure(self.cells, chosen, self._rank, numbers)

    def _cutting(self, split: Mask, points: Array) -> Any:
        count = len(self.points)

        def divide(simplices: Numbers) -> Numbers:
            place = np.searchsorted(self._keys, edge_keys(simplices, count))
            return cut(simplices, count + place, points)

        return divide

    def _bisecting(self, split: Mask) -> Any:
        keys, rank = self._keys[split], self._rank[split]
        return lambda simplices: bisected(simplices, keys, rank, count=len(self.points))[0]

    def _upright(self, points: Array, cells: Numbers, split: Mask) -> Array:
        """Return the new points; moves onto curved parts that turn cells over are taken back."""
        old = len(self.points)
        ends = self.edges()[split]
        straight = (self.points[ends[:, 0]] + self.points[ends[:, 1]]) / 2
        settled = points.copy()
        plain = np.concatenate([self.points, straight])
        while self._held:
            turned = volumes(settled, cells) * np.sign(volumes(plain, cells)) <= 0
            bad = np.unique(cells[turned])
            bad = bad[(bad >= old) & (settled[bad] != plain[bad]).any(axis=1)]
            if not bad.size:
                break
            settled[bad] = plain[bad]
        return settled[old:]

    @cached_property
    def _keys(self) -> Numbers:
        return np.unique(edge_keys(self.cells, len(self.points)))

    @cached_property
    def _edges(self) -> Numbers:
        return _frozen(split_keys(self._keys, len(self.points)))

    @cached_property
    def _rank(self) -> Indices:
        """Order of the edges by length; equal ones by number, so that neighbours agree."""
        length = lengths(self.points, self._edges)
        rank = np.empty(len(length), dtype=np.intp)
        rank[np.lexsort((np.arange(len(length)), np.round(length / length.max(), 12)))] = np.arange(
            len(length)
        )
        return rank

    @cached_property
    def _border(self) -> Numbers:
        return _frozen(border(self.cells, len(self.points))[0])

    @cached_property
    def _held(self) -> tuple[tuple[Surface, Numbers], ...]:
        """Surfaces with the boundary facets on them; empty where all of them are flat."""
        surfaces = None if self.shape is None else surfaces_of(self.shape)
        if surfaces is None or all(surface.flat for surface in surfaces):
            return ()
        found = []
        for part, facets in self.parts.items():
            numbers = surface_numbers(surfaces, part, self.points[facets])
            found += [(surfaces[k], facets[numbers == k]) for k in np.unique(numbers) if k >= 0]
        return tuple(found)

    def _on_edges(self) -> list[tuple[Surface, Mask]]:
        """Return each surface with a mask (e,) of the edges on it."""
        found = []
        for surface, facets in self._held:
            mask = np.zeros(len(self._keys), dtype=bool)
            if self.dimension > 1:
                keys = edge_keys(facets, len(self.points)).ravel()
                mask[np.searchsorted(self._keys, keys)] = True
            found.append((surface, mask))
        return found

    def _check_parts(self) -> None:
        count = len(self.points)
        facets, manifold = border(self.cells, count)
        if not manifold:
            remedy = "Remove doubled and overlapping cells."
            raise DomainError("at most two cells at a facet", "three or more", remedy)
        self.__dict__["_border"] = _frozen(facets)
        named = np.concatenate([np.zeros((0, self.dimension), np.int64), *self.parts.values()])
        both = facet_keys(np.concatenate([facets, named]), count)
        wanted, got = both[: len(facets)], both[len(facets) :]
        got = np.sort(got)
        if len(wanted) != len(got) or not np.array_equal(np.sort(wanted), got):
            doubled, left = int((np.diff(got) == 0).sum()), int((~np.isin(wanted, got)).sum())
            inner = int((~np.isin(got, wanted)).sum())
            was = f"{left} in none, {doubled} named twice, {inner} not on the boundary"
            remedy = "Name each facet of mesh.boundary() once; read_mesh names what is left."
            raise DomainError("every boundary facet in exactly one part", was, remedy)


def _restored(points: Any, cells: Any, parts: Any, axes: Any, shape: Any) -> Mesh:
    return Mesh(points, cells, parts, axes=axes, shape=shape)


def _frozen(array: Numbers) -> Numbers:
    array.setflags(write=False)
    return array


def _check_arrays(points: Array, cells: Numbers) -> None:
    d = points.shape[1] if points.ndim == 2 else 0
    if d not in _KINDS or cells.ndim != 2 or cells.shape[1] != d + 1 or not len(cells):
        got = f"shapes {points.shape} and {cells.shape}"
        remedy = "Pass coordinates as rows, and for each cell its d+1 vertex numbers."
        raise DomainError("points (n, d) and cells (m, d+1), d = 1, 2, 3", got, remedy)
    if not np.isfinite(points).all():
        raise DomainError("finite points", "NaN or infinity", "Remove them.")
    if cells.min() < 0 or cells.max() >= len(points):
        got = f"{cells.min()} to {cells.max()}"
        raise DomainError(f"vertex numbers from 0 to {len(points) - 1}", got, "Count from 0.")
    if np.bincount(cells.ravel(), minlength=len(points)).min() == 0:
        remedy = "Remove points that no cell uses, and renumber."
        raise DomainError("points that belong to cells", "points without a cell", remedy)


def _turned(points: Array, cells: Numbers) -> Numbers:
    """Return the cells positively oriented; refuse flat ones."""
    signed = volumes(points, cells)
    size = np.zeros(len(cells))
    for i, j in pairs(cells.shape[1]):
        np.maximum(size, lengths(points, cells[:, [i, j]]), out=size)
    flat = np.abs(signed) <= 1e-14 * size ** (cells.shape[1] - 1)
    if flat.any():
        got = f"{int(flat.sum())} flat, the first is cell {int(flat.argmax())}"
        raise DomainError("cells with a volume", got, "Remove flat cells and doubled points.")
    if (signed < 0).any():
        cells[signed < 0, -2:] = cells[signed < 0, -2:][:, ::-1]
    return cells
