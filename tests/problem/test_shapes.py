"""Shapes as tables: read back as they were, counted, and meshes looked up by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from residuum._core._errors import FileError, OptionError
from residuum.geometry import Ball, Box, Disc, Interval, Polygon, Rectangle, Shape
from residuum.geometry.mesh import MeshShape, mesh_of
from residuum.problem._shapes import (
    MAX_DEPTH,
    MAX_SHAPES,
    beside,
    plain_number,
    read_shape,
    source_of,
    write_shape,
)
from residuum.problem._toml import Table

MESH = MeshShape(mesh_of(Box(x=(0, 1), y=(0, 1)), 0.5), source="part.msh")
TURNED = MeshShape(mesh_of(Box(p=(0, 1), q=(0, 1)), 0.5), source="part.msh")
SHAPES: dict[str, Shape] = {
    "box": Box(x=(0, 1), y=(-0.1, 2)),
    "box with an axis called mesh": Box(mesh=(0, 1), y=(0, 2)),
    "interval": Interval(0, 2, "s"),
    "rectangle": Rectangle((0, 1), (2, 3)),
    "disc": Disc((0.1, 0.2), 0.3, axes=("p", "q"), name="rim"),
    "ball": Ball((0, 0, 0), 2),
    "polygon": Polygon([(0, 0), (1, 0), (0, 1)], name="edge"),
    "joined": (Disc((0, 0), 1) | Disc((1, 0), 1)) - (Disc((0, 0), 0.2) & Disc((0.1, 0), 0.2)),
    "over time": Disc((0, 0), 1).over(t=(0.5, 2)),
    "mesh": MESH,
    "mesh of other axes": TURNED,
    "mesh over time": MESH.over(t=(0, 1)),
    "mesh with a hole": MESH - Disc((0.5, 0.5), 0.1),
}


def named(name: str, axes: tuple[str, ...] | None) -> Shape:
    assert name == "part.msh"
    return MESH if axes is None else TURNED


def read(content: Any) -> Shape:
    return read_shape(Table(content, "domain", None), named)


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_written_is_read_as_the_same_shape(name: str) -> None:
    written = write_shape(SHAPES[name], source_of)
    assert read(written) == SHAPES[name]
    assert write_shape(read(written), source_of) == written


def test_axes_of_a_mesh_are_written_if_unusual() -> None:
    assert write_shape(MESH, source_of) == {"mesh": "part.msh"}
    assert write_shape(TURNED, source_of) == {"mesh": "part.msh", "axes": ["p", "q"]}
    assert write_shape(MESH, lambda shape: "other") == {"mesh": "other"}


def test_depth_and_number_are_limited() -> None:
    disc = {"shape": "disc", "center": [0, 0], "radius": 1}
    deep: Any = disc
    for _ in range(MAX_DEPTH + 1):
        deep = {"shape": "union", "of": [deep, disc]}
    for content in (deep, {"shape": "union", "of": [disc] * MAX_SHAPES}):
        with pytest.raises(FileError, match="Simplify the domain"):
            read(content)


def test_meshes_without_a_file_or_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="read from a file"):
        write_shape(MeshShape(MESH.mesh), source_of)
    with pytest.raises(FileError, match="name folder="):
        beside(None)("part.msh", None)
    with pytest.raises(FileError, match="relative to the problem file"):
        beside(tmp_path)("part.msh", None)
    with pytest.raises(OptionError, match="name of a file"):
        MeshShape(MESH.mesh, source="")


def test_whole_numbers_are_written_without_a_point() -> None:
    assert [repr(plain_number(v)) for v in (2.0, 0.5, 1e300, -3)] == ["2", "0.5", "1e+300", "-3"]
