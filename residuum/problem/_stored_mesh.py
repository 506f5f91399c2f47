"""Meshes in the file of a solution: their numbers among its arrays, and checked when read."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum._core._errors import FileError
from residuum.geometry import Shape
from residuum.geometry.mesh import Mesh, MeshShape
from residuum.geometry.mesh._mesh import MOST_CELLS
from residuum.problem._shapes import read_shape, write_shape
from residuum.problem._toml import Table

MOST_NAME = 4_096
_ENTRIES = {"points", "cells", "parts", "axes", "shape", "source"}


@final
class MeshesToStore:
    """Names the meshes of a problem as they are met, and keeps their numbers.

    Args:
        arrays: of the archive; those of the meshes are added to them.
    """

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self.arrays = arrays
        self.entries: dict[str, dict[str, Any]] = {}
        self._names: dict[int, str] = {}
        self._met: list[MeshShape] = []

    def name_of(self, shape: MeshShape) -> str:
        """Return the name of a mesh, ``"mesh 0"`` for the first."""
        if id(shape) not in self._names:
            name = f"mesh {len(self._names)}"
            self._names[id(shape)] = name
            self._met.append(shape)  # alive, so that no other one gets its number
            self.entries[name] = self._entry(shape)
        return self._names[id(shape)]

    def _entry(self, shape: MeshShape) -> dict[str, Any]:
        mesh = shape.mesh
        return {
            "points": self._kept(mesh.points),
            "cells": self._kept(mesh.cells),
            "parts": {name: self._kept(facets) for name, facets in mesh.parts.items()},
            "axes": list(mesh.axes),
            "shape": None if mesh.shape is None else write_shape(mesh.shape, self.name_of),
            "source": shape.source,
        }

    def _kept(self, array: np.ndarray) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1


@final
class StoredMeshes:
    """Makes the meshes of a file when the statement names them.

    Args:
        entries: what the document says of each.
        arrays: of the archive, finite numbers.
    """

    def __init__(self, entries: Any, arrays: list[np.ndarray]) -> None:
        if not isinstance(entries, dict):
            raise FileError("a table of meshes", type(entries).__name__, "The file is damaged.")
        self.entries, self.arrays = entries, arrays
        self._made: dict[str, MeshShape] = {}
        self._open: set[str] = set()

    def named(self, name: str, axes: tuple[str, ...] | None) -> Shape:
        """Return the domain of a mesh.

        Raises:
            FileError: no such mesh, one inside itself, or numbers that make up none.
            DomainError: cells, parts or names that a mesh may not have.
        """
        if name not in self.entries or name in self._open:
            raise FileError("a mesh of the file", repr(name[:64]), "The file is damaged.")
        if name not in self._made:
            self._open.add(name)
            self._made[name] = self._shape(self.entries[name])
            self._open.remove(name)
        found = self._made[name]
        if axes is not None and axes != found.axes:
            raise FileError(f"the axes {found.axes} of the mesh", f"{axes}", "Correct them.")
        return found

    def _shape(self, entry: Any) -> MeshShape:
        if not isinstance(entry, dict) or set(entry) != _ENTRIES:
            raise FileError(f"a mesh of {sorted(_ENTRIES)}", "another entry", "Save it again.")
        points = self._array(entry["points"], "f", "points")
        cells = self._array(entry["cells"], "iu", "cells")
        d = points.shape[1]
        if d not in (1, 2, 3) or cells.shape[1] != d + 1 or not 0 < len(cells) <= MOST_CELLS:
            got = f"shapes {points.shape} and {cells.shape}"
            raise FileError("points (n, d) and cells (m, d+1)", got, "The file is damaged.")
        _check_numbers(cells, len(points), "cells")
        parts = {}
        for name, number in _table(entry["parts"]).items():
            parts[name] = self._array(number, "iu", "facets")
            if parts[name].shape[1] != d:
                got = f"shape {parts[name].shape}"
                raise FileError(f"facets (k, {d}) of {name!r}", got, "The file is damaged.")
            _check_numbers(parts[name], len(points), "facets")
        mesh = Mesh(points, cells, parts, axes=_texts(entry["axes"]), shape=self._around(entry, d))
        if not np.isfinite(mesh.measures).all():
            raise FileError("cells of finite measure", "overflow", "Scale the coordinates.")
        return MeshShape(mesh, source=_source(entry["source"]))

    def _around(self, entry: dict[str, Any], d: int) -> Shape | None:
        """Return the shape that the mesh approximates."""
        if entry["shape"] is None:
            return None
        shape = read_shape(Table(entry["shape"], "meshes", None), self.named)
        if shape.axes != tuple(entry["axes"]) or shape.dimension != d:
            raise FileError("a shape with the axes of its mesh", repr(shape.axes), "Save it again.")
        return shape

    def _array(self, number: Any, kinds: str, what: str) -> np.ndarray:
        whole = isinstance(number, int) and not isinstance(number, bool)
        found = self.arrays[number] if whole and 0 <= number < len(self.arrays) else np.zeros(())
        if found.ndim != 2 or found.dtype.kind not in kinds:
            got = f"{found.dtype} of shape {found.shape}"
            raise FileError(f"an array of {what}, two-dimensional", got, "The file is damaged.")
        return found


def _check_numbers(array: np.ndarray, count: int, what: str) -> None:
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < count:
        got = f"{array.min()} to {array.max()}"
        raise FileError(f"{what} of vertices 0 to {count - 1}", got, "The file is damaged.")


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FileError("a table of boundary parts", type(value).__name__, "The file is damaged.")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FileError("a list of axes", repr(value)[:64], "The file is damaged.")
    return tuple(value)


def _source(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and len(value) <= MOST_NAME):
        raise FileError("the name of a mesh file", repr(value)[:64], "The file is damaged.")
    return value
