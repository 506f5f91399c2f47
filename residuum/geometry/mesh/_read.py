"""Reading meshes of other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from residuum._core._errors import DomainError, FileError
from residuum.geometry._checks import RESERVED, Array, checked_axes
from residuum.geometry.mesh._formats import raw_mesh
from residuum.geometry.mesh._mesh import MOST_CELLS, Mesh
from residuum.geometry.mesh._mesh_shape import MeshShape
from residuum.geometry.mesh._repair import (
    check_joined,
    cleaned,
    flattened,
    merged,
    sorted_parts,
)
from residuum.geometry.mesh._simplices import Numbers
from residuum.geometry.mesh._simplicial import simplicial

PREFIX = "part:"
_TAGS = ("gmsh:physical", "medit:ref", "boundary", "facet_tags", "part", "tag", "marker")


def read_mesh(path: str | os.PathLike[str], *, axes: tuple[str, ...] | None = None) -> MeshShape:
    """Return the mesh of a file as the domain of a problem; ``.mesh`` holds its cells.

    Reads ``.msh`` (Gmsh), ``.vtk``, ``.vtu`` and ``.xdmf``. Parts come from physical groups, cell
    sets or whole-numbered cell data of facets (part ``"boundary_3"`` for tag 3); facets without a
    name make up the part ``"unnamed"``. Constant coordinates are dropped; quadrilaterals,
    hexahedra, wedges and pyramids are cut into simplices; middle nodes of curved cells and unused
    points are left out; turned cells are turned back. Subdomains are not kept.

    Args:
        path: the file.
        axes: names of the coordinates; by default the first of x, y, z.

    Raises:
        FileError: the file is missing, damaged, of another kind, holds more than 2 GB or five
            million cells, or its cells do not fit together (hanging nodes, overlaps).
        DomainError: the wrong number of ``axes``.
        MissingExtra: an ``.xdmf`` file with HDF5 data, and h5py is not installed.

    Warns:
        MeshWarning: doubled points or cells, flat cells, separate pieces, facets without a name or
            with two.
    """
    file = Path(path)
    raw = raw_mesh(file)
    try:
        return MeshShape(_mesh(raw, axes), source=file.as_posix())
    except FileError as error:
        raise FileError(f"{error.wanted} in {file.name}", error.got, error.remedy) from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        if isinstance(error, DomainError) and "axis" in error.wanted:
            raise
        got = f"{type(error).__name__}: {str(error)[:200]}"
        raise FileError(f"a mesh in {file.name}", got, "The file is damaged.") from error


def _mesh(raw: Any, axes: tuple[str, ...] | None) -> Mesh:
    points, blocks = _blocks(raw)
    d = max((dimension for dimension, *_ in blocks), default=0)
    if d == 0:
        raise FileError("cells", "none", "Export lines, triangles or tetrahedra.")
    cells = np.concatenate([found for dimension, found, *_ in blocks if dimension == d])
    if len(cells) > MOST_CELLS:
        raise FileError(f"at most {MOST_CELLS} cells", f"{len(cells)}", "Coarsen the mesh.")
    used = np.unique(cells)
    if not np.isfinite(points[used]).all():
        raise FileError("finite points", "NaN or infinity", "Export it again.")
    points = np.where(np.isfinite(points), points, 0.0)
    names = _names(raw, blocks, d - 1)
    flat = np.zeros((len(points), d))
    flat[used] = flattened(points[used], d)
    first = merged(flat, cells)
    cells = cleaned(flat, first[cells])
    used = np.unique(cells)
    place = np.full(len(points), -1)
    place[used] = np.arange(len(used))
    flat, cells = flat[used], place[cells]
    facets = {name: place[first[found]] for name, found in names.items()}
    check_joined(flat, cells)
    named = ("x", "y", "z")[:d] if axes is None else axes
    return Mesh(flat, cells, sorted_parts(flat, cells, facets), axes=checked_axes(named, d))


def _blocks(raw: Any) -> tuple[Array, list[tuple[int, Numbers, Numbers]]]:
    """Return the points, and per block of cells: dimension, simplices, and their origin in it."""
    points = np.array(raw.points, dtype=np.float64)
    blocks: list[tuple[int, Numbers, Numbers]] = []
    for block in raw.cells:
        cells = np.asarray(block.data)
        if cells.ndim != 2:
            raise FileError("cells of one kind in rows", block.type, "Export simplices.")
        if cells.size and (cells.min() < 0 or cells.max() >= len(points)):
            got = f"numbers from {cells.min()} to {cells.max()}"
            raise FileError(f"vertices among {len(points)}", got, "The file is damaged.")
        found = simplicial(block.type, cells.astype(np.int64), points)
        dimension, simplices, origin, new = found
        points = np.concatenate([points, new])
        blocks.append((dimension, simplices, origin))
    return points, blocks


def _names(raw: Any, blocks: list[tuple[int, Numbers, Numbers]], d: int) -> dict[str, Numbers]:
    """Return facets by name, from what the file says about its cells of dimension d."""
    found: dict[str, list[Numbers]] = {}
    for source in (_own, _sets, _tags):
        for name, number, chosen in source(raw, blocks, d):
            facets, origin = blocks[number][1:]
            safe = f"{name}_" if name in RESERVED or not name else name
            found.setdefault(safe, []).append(facets[np.isin(origin, chosen)])
        if any(len(facets) for pieces in found.values() for facets in pieces):
            break
    return {name: np.concatenate(pieces) for name, pieces in found.items()}


def _own(raw: Any, blocks: Any, d: int) -> Any:
    """Yield name, block and cells of the parts that `write_mesh` has stored."""
    for key, columns in raw.cell_data.items():
        if key.startswith(PREFIX):
            for number, values in enumerate(columns):
                if blocks[number][0] == d:
                    chosen = np.flatnonzero(np.asarray(values).ravel() == 1)
                    yield unquote(key.removeprefix(PREFIX)), number, chosen


def _sets(raw: Any, blocks: Any, d: int) -> Any:
    """Yield name, block and cells of the cell sets with names."""
    for name, columns in raw.cell_sets.items():
        for number, chosen in enumerate(columns):
            if name.startswith("gmsh:") or chosen is None or blocks[number][0] != d:
                continue
            yield name, number, np.asarray(chosen, dtype=np.int64)


def _tags(raw: Any, blocks: Any, d: int) -> Any:
    """Yield name, block and cells of whole-numbered cell data, with names from the field data."""
    keys = [key for key in _TAGS if key in raw.cell_data] + [
        key for key in raw.cell_data if key not in _TAGS and not key.startswith(PREFIX)
    ]
    names = {
        int(entry[0]): name
        for name, entry in raw.field_data.items()
        if np.size(entry) == 2 and int(entry[1]) == d
    }
    for key in keys:
        columns = [np.asarray(values) for values in raw.cell_data[key]]
        if any(c.ndim != 1 or not (np.mod(c, 1) == 0).all() for c in columns):
            continue
        for number, values in enumerate(columns):
            for tag in np.unique(values) if blocks[number][0] == d else ():
                if int(tag) in names or tag != 0:
                    name = names.get(int(tag), f"boundary_{int(tag)}")
                    yield name, number, np.flatnonzero(values == tag)
        return
