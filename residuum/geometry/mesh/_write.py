"""Writing meshes and what lives on them, for ParaView and other programs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import ArrayLike

from residuum._core._errors import OptionError
from residuum.geometry.mesh._formats import format_of, write_raw
from residuum.geometry.mesh._mesh import Mesh
from residuum.geometry.mesh._read import PREFIX

_KINDS = ("vertex", "line", "triangle", "tetra")


def write_mesh(
    path: str | os.PathLike[str],
    mesh: Mesh,
    point_data: Mapping[str, ArrayLike] | None = None,
    *,
    cell_data: Mapping[str, ArrayLike] | None = None,
) -> Path:
    """Write a mesh with its named boundary, atomically, and return the path.

    ``.vtu``, ``.vtk`` and ``.xdmf`` are read by ParaView and hold the parts as cell data
    ``part:<name>``; ``.msh`` (Gmsh 2.2) holds them as physical groups. `read_mesh` reads all.

    Args:
        path: the file; its suffix is the format.
        mesh: what to write.
        point_data: numbers per point by name, (n,), or (n, c) for vectors.
        cell_data: numbers per cell by name, (m,) or (m, c), not for ``.msh``; facets get NaN.

    Raises:
        FileError: another suffix, or no such folder.
        OptionError: data of the wrong length, or not real numbers; a one-dimensional mesh as
            ``.xdmf``.
    """
    values, around = _with_facets(mesh, cell_data or {})
    return _write(Path(path), mesh, (point_data or {}, values), around)


def write_vtk(
    path: str | os.PathLike[str],
    mesh: Mesh,
    point_data: Mapping[str, ArrayLike],
    *,
    cell_data: Mapping[str, ArrayLike] | None = None,
) -> Path:
    """Write a solution on the cells of a mesh alone, without its boundary; else as `write_mesh`."""
    values = {k: [_checked(k, v, len(mesh.cells))] for k, v in (cell_data or {}).items()}
    return _write(Path(path), mesh, (point_data, values), [])


def _write(path: Path, mesh: Mesh, data: Any, around: list[Any]) -> Path:
    import meshio

    kind = format_of(path)
    n, d = mesh.points.shape
    points = np.zeros((n, 3))
    points[:, :d] = mesh.points
    on_points = {name: _checked(name, values, n) for name, values in data[0].items()}
    cells = [(_KINDS[d], mesh.cells), *around]
    extra: dict[str, Any] = {}
    if kind == "gmsh":
        if any(not key.startswith(PREFIX) for key in data[1]):
            remedy = "Write them as .vtu."
            raise OptionError("no cell data in a .msh file", repr([*data[1]]), remedy)
        extra = _physical(mesh, bool(around))
        on_cells = extra.pop("cell_data")
    else:
        on_cells = data[1]
    raw = meshio.Mesh(points, cells, point_data=on_points, cell_data=on_cells, **extra)
    write_raw(path, raw)
    return path


def _with_facets(mesh: Mesh, cell_data: Mapping[str, ArrayLike]) -> tuple[Any, list[Any]]:
    """Return cell data of cells and facets, and the block of facets."""
    facets = np.concatenate(list(mesh.parts.values()))
    found: dict[str, list[np.ndarray]] = {}
    for name, given in cell_data.items():
        values = _checked(name, given, len(mesh.cells)).astype(np.float64)
        found[name] = [values, np.full((len(facets), *values.shape[1:]), np.nan)]
    start = 0
    for name, own in mesh.parts.items():
        mark = np.zeros(len(facets), dtype=np.int32)
        mark[start : start + len(own)] = 1
        start += len(own)
        found[PREFIX + quote(name, safe="")] = [np.zeros(len(mesh.cells), dtype=np.int32), mark]
    return found, [(_KINDS[mesh.dimension - 1], facets)]


def _physical(mesh: Mesh, facets: bool) -> dict[str, Any]:
    """Return Gmsh's groups: 1, 2, … for the parts in order, the next for the cells."""
    d = mesh.dimension
    names = {name: np.array([k + 1, d - 1]) for k, name in enumerate(mesh.parts)}
    inside = np.full(len(mesh.cells), len(names) + 1, dtype=np.int32)
    tags = [inside]
    if facets:
        sizes = [len(found) for found in mesh.parts.values()]
        tags.append(np.repeat(np.arange(len(sizes), dtype=np.int32) + 1, sizes))
    both = {"gmsh:physical": tags, "gmsh:geometrical": [tag.copy() for tag in tags]}
    return {"cell_data": both, "field_data": names}


def _checked(name: str, given: ArrayLike, length: int) -> np.ndarray:
    values = np.asarray(given)
    if values.dtype.kind not in "fiub" or values.ndim not in (1, 2) or len(values) != length:
        got = f"{values.dtype} of shape {values.shape}"
        remedy = "Pass one row per point, or per cell; split complex numbers in two."
        raise OptionError(f"real numbers ({length},) or ({length}, c) for {name!r}", got, remedy)
    values = values.astype(np.float64 if values.dtype.kind == "f" else np.int32)
    if values.ndim == 2 and values.shape[1] == 2:
        # ParaView knows vectors of three components only.
        values = np.column_stack([values, np.zeros(length, dtype=values.dtype)])
    return values
