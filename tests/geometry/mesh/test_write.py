"""Writing meshes, and reading them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest

from residuum._core._errors import FileError, OptionError
from residuum.geometry import Box, Disc, Interval
from residuum.geometry.mesh import Mesh, mesh_of, read_mesh, write_mesh, write_vtk

PLATE = mesh_of(Box(x=(0, 2), y=(0, 1)) - Disc((0.5, 0.5), 0.2, name="hole / 1 (ä)"), 0.2)
CUBE = mesh_of(Box(x=(0, 1), y=(0, 1), z=(0, 1)), 0.5)
LINE = mesh_of(Interval(0, 1), 0.25)


def same(a: Mesh, b: Mesh) -> bool:
    return (
        np.array_equal(a.points, b.points)
        and np.array_equal(a.cells, b.cells)
        and {k: sorted(map(tuple, v)) for k, v in a.parts.items()}
        == {k: sorted(map(tuple, v)) for k, v in b.parts.items()}
    )


@pytest.mark.parametrize("suffix", [".msh", ".vtk", ".vtu", ".xdmf"])
@pytest.mark.parametrize("mesh", [PLATE, CUBE, LINE], ids=["plane", "solid", "line"])
def test_round_trip(mesh: Mesh, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"mesh{suffix}"
    data = {"u": mesh.points[:, 0], "v": mesh.points}
    if suffix == ".xdmf" and mesh is LINE:
        with pytest.raises(OptionError, match="vtu"):
            write_mesh(path, mesh, data)
        return
    assert write_mesh(path, mesh, data) == path
    assert same(read_mesh(path, axes=mesh.axes).mesh, mesh)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".vtk", ".vtu"])
def test_values_are_those_given(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"solution{suffix}"
    write_vtk(
        path,
        PLATE,
        {"u": np.sin(PLATE.points[:, 0]), "flow": PLATE.points},
        cell_data={"quality": PLATE.quality()},
    )
    found = meshio.read(path)
    assert np.array_equal(found.point_data["u"], np.sin(PLATE.points[:, 0]))
    # Vectors of the plane get a third component: ParaView knows no others.
    assert found.point_data["flow"].shape == (len(PLATE.points), 3)
    assert np.array_equal(found.cell_data["quality"][0], PLATE.quality())
    assert [block.type for block in found.cells] == ["triangle"]


@pytest.mark.parametrize(
    "data",
    [
        {"u": np.zeros(3)},
        {"u": np.zeros((len(PLATE.points), 2, 2))},
        {"u": 1j * PLATE.points[:, 0]},
    ],
)
def test_data_that_does_not_fit(data: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="real numbers"):
        write_mesh(tmp_path / "a.vtu", PLATE, data)
    assert not list(tmp_path.iterdir())


def test_places_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"\.vtu"):
        write_mesh(tmp_path / "a.stl", PLATE)
    with pytest.raises(FileError, match="existing folder"):
        write_mesh(tmp_path / "no" / "a.vtu", PLATE)
    with pytest.raises(OptionError, match=r"\.msh"):
        write_mesh(tmp_path / "a.msh", PLATE, cell_data={"q": PLATE.quality()})


def test_an_old_file_survives_a_failed_write(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.vtu"
    write_mesh(path, PLATE)
    before = path.read_bytes()
    monkeypatch.setattr(meshio.vtu, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_mesh(path, CUBE)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1
