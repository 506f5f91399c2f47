"""Files and formats."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from residuum._core._errors import FileError
from residuum.geometry.mesh import _formats
from residuum.geometry.mesh._formats import format_of, raw_mesh


def test_suffixes() -> None:
    assert format_of(Path("a.MSH")) == "gmsh" and format_of(Path("b.xmf")) == "xdmf"
    with pytest.raises(FileError, match=r"\.msh"):
        format_of(Path("a.stl"))


def test_missing_folders_and_huge_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="Check the path"):
        raw_mesh(tmp_path / "a.msh")
    os.mkdir(tmp_path / "b.vtu")
    with pytest.raises(FileError, match="a mesh file"):
        raw_mesh(tmp_path / "b.vtu")
    (tmp_path / "c.vtk").write_bytes(b"x" * 100)
    monkeypatch.setattr(_formats, "MOST_BYTES", 99)
    with pytest.raises(FileError, match="at most 2 GB"):
        raw_mesh(tmp_path / "c.vtk")


@pytest.mark.parametrize("suffix", [".msh", ".vtk", ".vtu", ".xdmf"])
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 64, b"<a/>", b"import os", b"$MeshFormat\n9 9 9\n"]
)
def test_other_content(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError, match="damaged or of another kind"):
        raw_mesh(path)
