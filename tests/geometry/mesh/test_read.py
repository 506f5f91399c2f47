"""Meshes of other programs: names, repairs and faults."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest

from residuum._core._errors import DomainError, FileError
from residuum.geometry import Box
from residuum.geometry.mesh import MeshWarning, mesh_of, read_mesh, write_mesh

SQUARE = np.array([(0, 0, 5), (1, 0, 5), (1, 1, 5), (0, 1, 5)], dtype=np.float64)
TWO = np.array([(0, 1, 2), (0, 2, 3)])
SIDES = np.array([(0, 1), (1, 2), (2, 3), (3, 0)])
GMSH = """$MeshFormat
4.1 0 8
$EndMeshFormat
$PhysicalNames
3
1 1 "inlet"
1 2 "wall"
2 3 "fluid"
$EndPhysicalNames
$Entities
0 2 1 0
1 0 0 0 1 0 0 1 1 0
2 0 0 0 1 1 0 1 2 0
1 0 0 0 1 1 0 1 3 0
$EndEntities
$Nodes
1 5 1 5
2 1 0 5
1
2
3
4
5
0 0 0
1 0 0
1 1 0
0 1 0
9 9 0
$EndNodes
$Elements
3 6 1 6
1 1 1 1
1 4 1
1 2 1 3
2 1 2
3 2 3
4 3 4
2 1 2 2
5 1 2 3
6 1 4 3
$EndElements
"""


def written(path: Path, cells: Any, points: np.ndarray = SQUARE, **data: Any) -> Path:
    meshio.Mesh(points, cells, **data).write(path)
    return path


def test_gmsh_physical_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.msh"
    path.write_text(GMSH)
    shape = read_mesh(path)
    # The unused point is gone, the turned triangle turned back.
    assert shape.parts == ("inlet", "wall") and len(shape.mesh.points) == 4
    assert shape.measure() == 1 and shape.axes == ("x", "y")
    assert shape.source == path.as_posix()
    assert shape.boundary_measure("inlet") == 1 and shape.boundary_measure("wall") == 3


def test_whole_numbered_cell_data_names_the_boundary(tmp_path: Path) -> None:
    tags = [np.array([7, 7]), np.array([2, 2, 3, 0])]
    cells = [("triangle", TWO), ("line", SIDES)]
    path = written(tmp_path / "a.vtu", cells, cell_data={"boundary": tags})
    with pytest.warns(MeshWarning, match="1 of 4 boundary facets have no name"):
        shape = read_mesh(path, axes=("r", "s"))
    assert shape.parts == ("boundary_2", "boundary_3", "unnamed") and shape.axes == ("r", "s")
    assert shape.boundary_measure("boundary_2") == 2


def test_without_names_all_is_unnamed(tmp_path: Path) -> None:
    with pytest.warns(MeshWarning, match="4 of 4"):
        shape = read_mesh(written(tmp_path / "a.vtk", [("triangle", TWO)]))
    assert shape.parts == ("unnamed",)


def test_quadrilaterals_bricks_and_middle_nodes(tmp_path: Path) -> None:
    with pytest.warns(MeshWarning):
        shape = read_mesh(written(tmp_path / "a.vtk", [("quad", np.arange(4)[None])]))
    assert len(shape.mesh.cells) == 2 and shape.measure() == 1
    brick = np.vstack([SQUARE, SQUARE + np.array([0, 0, 1])])
    with pytest.warns(MeshWarning):
        path = written(tmp_path / "b.vtu", [("hexahedron", np.arange(8)[None])], brick)
        shape = read_mesh(path)
    assert len(shape.mesh.cells) == 12 and shape.measure() == pytest.approx(1, rel=1e-12)


def test_doubled_points_join_the_cells(tmp_path: Path) -> None:
    points = np.vstack([SQUARE, SQUARE[[0, 2, 3]]])
    cells = [("triangle", np.array([(0, 1, 2), (4, 5, 6)]))]
    with pytest.warns(MeshWarning) as told:
        shape = read_mesh(written(tmp_path / "a.vtu", cells, points))
    assert len(shape.mesh.points) == 4 and len(shape.mesh.boundary()) == 4
    assert "doubled points" in str(told[0].message)


FAULTS: dict[str, tuple[Any, np.ndarray, str]] = {
    "hanging": (
        [("triangle", np.array([(0, 1, 2), (0, 4, 3), (4, 2, 3)]))],
        np.vstack([SQUARE, (0.5, 0.5, 5)]),
        "meet at whole facets",
    ),
    "overlapping": ([("triangle", np.vstack([TWO, (0, 2, 1)]))], SQUARE, ""),
    "three at a facet": (
        [("triangle", np.array([(0, 1, 2), (0, 1, 3), (0, 1, 4)]))],
        np.vstack([SQUARE, (0.5, 2, 5)]),
        "at most two",
    ),
    "surface in space": (
        [("triangle", np.vstack([TWO, (0, 1, 4)]))],
        np.vstack([SQUARE, (0.5, 0.5, 9)]),
        "fill their space",
    ),
    "points only": ([("vertex", np.arange(4)[:, None])], SQUARE, "cells"),
    "flat": ([("triangle", np.array([(0, 1, 1)]))], SQUARE, "volume"),
    "not finite": ([("triangle", TWO)], np.where(SQUARE == 1, np.nan, SQUARE), "finite points"),
    "out of range": ([("triangle", TWO + 2)], SQUARE, "vertices among 4"),
}


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "overlapping"])
@pytest.mark.filterwarnings("ignore::residuum.geometry.mesh.MeshWarning")
def test_faults(name: str, tmp_path: Path) -> None:
    cells, points, message = FAULTS[name]
    with pytest.raises(FileError, match=message):
        read_mesh(written(tmp_path / "a.vtu", cells, points))


def test_a_cell_written_twice_counts_once(tmp_path: Path) -> None:
    cells, points, _ = FAULTS["overlapping"]
    with pytest.warns(MeshWarning, match="doubled cells|no name"):
        assert read_mesh(written(tmp_path / "a.vtu", cells, points)).measure() == 1


def test_wrong_number_of_axes(tmp_path: Path) -> None:
    path = write_mesh(tmp_path / "a.vtu", mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5))
    with pytest.raises(DomainError, match="2 axis names"):
        read_mesh(path, axes=("x",))


@pytest.mark.parametrize("suffix", [".msh", ".vtk", ".vtu", ".xdmf"])
def test_damaged_files_are_refused_cleanly(suffix: str, tmp_path: Path, capfd: Any) -> None:
    path = write_mesh(tmp_path / f"a{suffix}", mesh_of(Box(x=(0, 1), y=(0, 1)), 0.25))
    whole = path.read_bytes()
    random = np.random.default_rng(5)
    for cut in (0, 20, len(whole) // 3, len(whole) // 2):
        path.write_bytes(whole[:cut])
        with pytest.raises(FileError):
            read_mesh(path)
    for _ in range(60):
        broken = bytearray(whole)
        for place in random.integers(0, len(whole), 6):
            broken[place] = random.integers(256)
        path.write_bytes(bytes(broken))
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", MeshWarning)
                found = read_mesh(path)
            assert np.isfinite(found.mesh.points).all()
        except FileError:
            pass
    assert capfd.readouterr() == ("", "")
