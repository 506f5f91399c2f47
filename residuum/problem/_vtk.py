"""Solutions as VTK files, which ParaView reads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, final, runtime_checkable

import numpy as np

from residuum._core import FileError, OptionError, ResiduumError, SolveFailed

if TYPE_CHECKING:
    from residuum.problem._problem import Problem
    from residuum.problem._solution import Solution

LINEAR = {1: "line", 2: "triangle", 3: "tetra"}
QUADRATIC = {1: "line3", 2: "triangle6", 3: "tetra10"}
REGULAR = {1: "line", 2: "quad", 3: "hexahedron"}
EDGES = {
    1: ((0, 1),),
    2: ((0, 1), (1, 2), (2, 0)),
    3: ((0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)),
}
"""Edges of a simplex in VTK's order, which is that of its middle nodes."""
CORNERS = {
    1: ((0,), (1,)),
    2: ((0, 0), (1, 0), (1, 1), (0, 1)),
    3: (
        *((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)),
        *((0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)),
    ),
}
FINEST = {1: 4001, 2: 1001, 3: 161}
"""Most points along the longest side; more make files that no program opens with ease."""
USUAL = {1: 501, 2: 151, 3: 41}


@runtime_checkable
class Meshed(Protocol):
    """A field that lives on a mesh of simplices."""

    def vtk_mesh(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Return nodes (n, d) in the order of the space coordinates, cells, and the order.

        Cells are (m, d+1), or with middle nodes where they are curved; corners come first, and
        middle nodes in the order of ``EDGES``.
        """


@final
@dataclass(frozen=True)
class Grid:
    """What carries the values: points (n, d), VTK's word for the cells, and the cells (m, k)."""

    points: np.ndarray
    kind: str
    cells: np.ndarray


def suffix_of(problem: Problem) -> str:
    """Return the suffix of a problem's VTK file: an index of times if it evolves in space."""
    return ".pvd" if problem.time is not None and problem.space else ".vtu"


def to_vtk(
    solution: Solution,
    path: Path,
    *,
    times: int | Sequence[float],
    points: int | None,
    vectors: Mapping[str, Sequence[str]],
) -> Path:
    """Write a solution; see ``Solution.to_vtk``."""
    wanted = suffix_of(solution.problem)
    path = path if path.suffix else path.with_suffix(wanted)
    if path.suffix.lower() != wanted:
        why = "evolves: a .pvd lists its times" if wanted == ".pvd" else "is one state"
        raise FileError(f"a file ending in {wanted}", path.name, f"This solution {why}.")
    if not path.parent.is_dir():
        raise FileError("an existing folder", str(path.parent), "Create it first.")
    groups = _groups(solution.names, vectors)
    grid = grid_of(solution, points)
    if wanted == ".vtu":
        _write_state(solution, path, (grid, None, groups))
        return path
    folder = path.with_name(f"{path.stem}_times")
    folder.mkdir(exist_ok=True)
    known = _times(solution.problem, times)
    for k, time in enumerate(known):
        _write_state(solution, folder / f"{k:04d}.vtu", (grid, time, groups))
    _write_index(path, folder.name, known)
    return path


def grid_of(solution: Solution, points: int | None) -> Grid:
    """Return the mesh of the field if it has one, else a grid or a mesh made for the shape."""
    problem = solution.problem
    if isinstance(solution.field, Meshed):
        nodes, cells, order = solution.field.vtk_mesh()
        return simplices(np.asarray(nodes), np.asarray(cells), order)
    shape = problem.shape
    bounds = np.array([problem.interval]) if shape is None else np.asarray(shape.bounds, float)
    d = len(bounds)
    if d > 3:
        remedy = "Fix some of them, and write what is left by to_xarray."
        raise OptionError("one to three space coordinates", str(d), remedy)
    points = USUAL[d] if points is None else points
    if not isinstance(points, int) or not 2 <= points <= FINEST[d]:
        raise OptionError(f"2 to {FINEST[d]} points", repr(points), "Leave it out.")
    if shape is None:
        return regular(bounds, points)
    found = _made(shape, points)
    columns = [shape.axes.index(c.name) for c in problem.space]
    return Grid(found.points[:, columns], found.kind, found.cells)


def _made(shape: Any, points: int) -> Grid:
    """Return a grid of a box, a mesh of another shape, and where that fails whole cells inside."""
    from residuum.geometry import Box
    from residuum.geometry.mesh import mesh_of  # Netgen takes a while to import

    bounds = np.asarray(shape.bounds, float)
    if isinstance(shape, Box):
        return regular(bounds, points)
    try:
        mesh = mesh_of(shape, float(np.ptp(bounds, axis=1).max()) / (points - 1))
    except ResiduumError:
        grid = regular(bounds, points)
        return _inside(grid, np.asarray(shape.contains(grid.points)))
    return simplices(mesh.points, mesh.cells, 1)


def regular(bounds: np.ndarray, points: int) -> Grid:
    """Return a grid of even cells on a box (d, 2), ``points`` along its longest side."""
    lengths = np.ptp(bounds, axis=1)
    counts = np.maximum(np.round((points - 1) * lengths / lengths.max()).astype(int), 1) + 1
    lines = [np.linspace(low, high, n) for (low, high), n in zip(bounds, counts, strict=True)]
    places = np.stack([g.ravel() for g in np.meshgrid(*lines, indexing="ij")], axis=1)
    numbers = np.arange(len(places)).reshape(counts)
    cells = [
        numbers[tuple(slice(k, n - 1 + k) for k, n in zip(corner, counts, strict=True))].ravel()
        for corner in CORNERS[len(bounds)]
    ]
    return Grid(places, REGULAR[len(bounds)], np.stack(cells, axis=1))


def simplices(nodes: np.ndarray, cells: np.ndarray, order: int) -> Grid:
    """Return simplices as VTK's, with middle nodes from order two on."""
    d = nodes.shape[1]
    if cells.shape[1] > d + 1:
        return Grid(nodes, QUADRATIC[d], cells)
    if order < 2:
        return Grid(nodes, LINEAR[d], cells)
    edges = np.sort(cells[:, np.array(EDGES[d])], axis=2)  # (m, edges, 2)
    pairs, numbers = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    middle = len(nodes) + numbers.reshape(len(cells), -1)
    places = np.concatenate([nodes, nodes[pairs].mean(axis=1)])
    return Grid(places, QUADRATIC[d], np.concatenate([cells, middle], axis=1))


def _inside(grid: Grid, inside: np.ndarray) -> Grid:
    """Return the cells with all corners inside, and the points they use."""
    cells = grid.cells[inside[grid.cells].all(axis=1)]
    if not len(cells):
        raise OptionError("a grid with cells inside the domain", "none", "Raise points=.")
    used, numbers = np.unique(cells, return_inverse=True)
    return Grid(grid.points[used], grid.kind, numbers.reshape(cells.shape))


def _times(problem: Problem, times: int | Sequence[float]) -> np.ndarray:
    """Return the times asked for, all inside the interval."""
    assert problem.interval is not None
    low, high = problem.interval
    if isinstance(times, int):
        if times < 2:
            raise OptionError("two times or more", repr(times), "Leave it out, or list them.")
        return np.linspace(low, high, times)
    found = np.asarray(times, float).ravel()
    slack = 1e-9 * (high - low)
    if not found.size or not ((found >= low - slack) & (found <= high + slack)).all():
        raise OptionError(f"times from {low:g} to {high:g}", str(times), "Correct them.")
    return np.clip(found, low, high)


def _groups(names: tuple[str, ...], vectors: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Return the columns of every vector asked for."""
    groups = {}
    for label, parts in vectors.items():
        if label in names or not 1 <= len(parts) <= 3 or set(parts) - set(names):
            wanted = f"a new name for one to three unknowns among {names}"
            raise OptionError(wanted, f"{label}: {parts}", 'Write {"velocity": ("u", "v")}.')
        groups[label] = [names.index(part) for part in parts]
    return groups


State = tuple[Grid, float | None, dict[str, list[int]]]


def _write_state(solution: Solution, path: Path, state: State) -> None:
    """Write the values at one time, or at all times of an ordinary equation."""
    import meshio  # 0.1 s

    from residuum.geometry.mesh._formats import write_raw

    grid, time, groups = state
    columns = solution.problem.coordinates
    places = grid.points
    if time is not None:
        # Time is the first of the coordinates.
        places = np.insert(places, 0, time, axis=1)
    assert places.shape[1] == len(columns)
    values = np.asarray(solution.at(places), float)
    wrong = ~np.isfinite(values).all(axis=1)
    if wrong.any():
        got = f"NaN or infinity at {int(wrong.sum())} points, the first at {places[wrong][0]}"
        raise SolveFailed("finite values", got, "See solution.result and solution.record.notes.")
    data = {name: values[:, j] for j, name in enumerate(solution.names)}
    for label, chosen in groups.items():
        data[label] = _three(values[:, chosen])
    write_raw(path, meshio.Mesh(_three(grid.points), [(grid.kind, grid.cells)], point_data=data))


def _three(columns: np.ndarray) -> np.ndarray:
    """Return three columns, the last ones zero: VTK knows no others."""
    found = np.zeros((len(columns), 3))
    found[:, : columns.shape[1]] = columns
    return found


def _write_index(path: Path, folder: str, times: np.ndarray) -> None:
    """Write which file holds which time, at once when all files are there."""
    from xml.sax.saxutils import quoteattr

    rows = [
        f'    <DataSet timestep="{float(time)!r}" file={quoteattr(f"{folder}/{k:04d}.vtu")}/>'
        for k, time in enumerate(times)
    ]
    text = "\n".join(
        [
            '<?xml version="1.0"?>',
            '<VTKFile type="Collection" version="0.1">',
            *("  <Collection>", *rows, "  </Collection>", "</VTKFile>", ""),
        ]
    )
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
