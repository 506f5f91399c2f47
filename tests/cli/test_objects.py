"""Objects as values of options."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import pytest

from residuum._core import FileError, OptionError
from residuum.cli._objects import is_mesh, named
from residuum.cli._values import read_value
from residuum.discretise.volumes import Limiter, Minmod, VanLeer
from residuum.geometry import Box
from residuum.geometry.mesh import Mesh, mesh_of, write_mesh


class Foreign(ABC):
    """A part of another package."""

    @abstractmethod
    def value(self) -> int:
        """Return a number."""


@dataclass(frozen=True)
class Strange(Foreign):
    """One kind of it."""

    def value(self) -> int:
        return 1


def test_parts_go_by_the_names_of_their_classes() -> None:
    assert named(Limiter) == {"minmod": Minmod, "van_leer": VanLeer}
    assert read_value("minmod", Limiter, "limiter") == Minmod()
    assert read_value("van_leer", Limiter | None, "limiter") == VanLeer()


def test_only_abstract_parts_of_the_library_have_names() -> None:
    assert named(Foreign) == named(int) == named(VanLeer) == named(Limiter | None) == {}


def test_a_wrong_name_lists_the_right_ones() -> None:
    with pytest.raises(OptionError, match="one of minmod, van_leer for limiter"):
        read_value("superbee", Limiter, "limiter")


def test_meshes_are_read_from_files(tmp_path: Path) -> None:
    square = mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5)
    path = write_mesh(tmp_path / "square.msh", square)
    found = read_value(str(path), Mesh | None, "mesh")
    assert isinstance(found, Mesh) and len(found.cells) == len(square.cells)
    assert is_mesh(Mesh) and not is_mesh(int)
    with pytest.raises(FileError, match="Check the path"):
        read_value(str(tmp_path / "none.msh"), Mesh | None, "mesh")
    assert read_value("none", Mesh | None, "mesh") is None
