"""XDMF in text, and what may be opened for it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from residuum._core._errors import FileError, MissingExtra
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of, read_mesh, write_mesh
from residuum.geometry.mesh._xdmf import read_xdmf

MESH = mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5)


def changed(path: Path, old: str, new: str) -> Path:
    write_mesh(path, MESH, {"u": MESH.points[:, 1]})
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_text_holds_every_digit(tmp_path: Path) -> None:
    third = mesh_of(Box(x=(0, 1 / 3), y=(0, 1 / 7)), 0.1)
    path = write_mesh(tmp_path / "a.xdmf", third, {"u": np.sin(third.points[:, 0])})
    found = read_xdmf(path)
    assert np.array_equal(found.points[:, :2], third.points)
    assert np.array_equal(found.point_data["u"], np.sin(third.points[:, 0]))


def test_other_files_are_not_opened(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.xdmf", 'Format="XML"', 'Format="Binary"')
    with pytest.raises(FileError, match="XML or HDF"):
        read_mesh(path)
    path = changed(tmp_path / "b.xdmf", 'Format="XML"', 'Format="HDF"')
    with pytest.raises(FileError, match="beside the XDMF file"):
        path.write_text(path.read_text().replace(">0.0 ", ">/etc/passwd:/a 0.0 ", 1))
        read_mesh(path)


def test_heavy_data_needs_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    path = changed(tmp_path / "a.xdmf", 'Format="XML"', 'Format="HDF"')
    text = path.read_text()
    start = text.index('Format="HDF"')
    begin, end = text.index(">", start) + 1, text.index("<", start)
    path.write_text(text[:begin] + "a.h5:/points" + text[end:])
    with pytest.raises(MissingExtra, match="pip install h5py"):
        read_mesh(path)


def test_entities_do_not_expand(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))
    path = tmp_path / "a.xdmf"
    path.write_text(f'<!DOCTYPE x [<!ENTITY a0 "aaaa">{levels}]><Xdmf Version="3.0">&a11;</Xdmf>')
    with pytest.raises(FileError, match="xdmf mesh"):
        read_mesh(path)
