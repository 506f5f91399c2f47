"""Shapes as tables of a problem file: read, and written back."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any, final

from residuum._core._errors import FileError, ResiduumError
from residuum.geometry import (
    Ball,
    Box,
    Difference,
    Disc,
    Extrusion,
    Intersection,
    Interval,
    Polygon,
    Rectangle,
    Shape,
    Union,
)
from residuum.geometry.mesh import MeshShape, read_mesh
from residuum.problem._toml import Table, at_place, one_of

MAX_SHAPES, MAX_DEPTH = 100, 20

MeshNamed = Callable[[str, tuple[str, ...] | None], Shape]
"""The domain of a mesh from its name and, where the file states them, its axes."""
NameOf = Callable[[MeshShape], str]
"""The name under which a mesh is found again."""

_JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "union": operator.or_,
    "intersection": operator.and_,
    "difference": operator.sub,
}
SHAPES: dict[str, tuple[str, ...] | None] = {
    "box": None,
    "interval": ("a", "b", "axis"),
    "rectangle": ("corner", "size", "axes"),
    "disc": ("center", "radius", "axes", "name"),
    "ball": ("center", "radius", "axes", "name"),
    "polygon": ("vertices", "axes", "name"),
    **dict.fromkeys(_JOINS, ("of",)),
}
MESH = ("mesh", "axes")


def read_shape(table: Table, mesh_named: MeshNamed) -> Shape:
    """Return the shape that a table states.

    Raises:
        FileError: unknown words, too many shapes, or a mesh that is not found.
        DomainError: the numbers make up no shape.
    """
    return _Reader(mesh_named).shape(table, 0)


def beside(folder: Path | None) -> MeshNamed:
    """Return how meshes are found in files: names relative to a folder, or absolute paths."""

    def found(name: str, axes: tuple[str, ...] | None) -> Shape:
        if folder is None:
            remedy = "Save the text beside the mesh and use read_problem, or name folder=."
            raise FileError("text without files of meshes", repr(name), remedy)
        try:
            shape = read_mesh(folder / name, axes=axes)
        except ResiduumError as error:
            remedy = error.remedy
            if not (folder / name).is_file():
                remedy = "Names of meshes are relative to the problem file: put it there."
            raise type(error)(error.wanted, error.got, remedy) from error
        except (OSError, ValueError) as error:  # a name that no file can have
            raise FileError("a mesh file", repr(name[:64]), "Check the path.") from error
        return MeshShape(shape.mesh, source=name)

    return found


def source_of(shape: MeshShape) -> str:
    """Return the name a mesh was read by.

    Raises:
        FileError: it was made otherwise.
    """
    if shape.source is None:
        remedy = "Write it with write_mesh, and pose the problem on read_mesh of that file."
        raise FileError("a mesh that was read from a file", repr(shape), remedy)
    return shape.source


@final
class _Reader:
    """Counts the shapes it reads, so that a small text cannot ask for too many."""

    def __init__(self, mesh_named: MeshNamed) -> None:
        self.mesh_named, self.count = mesh_named, 0

    def shape(self, table: Table, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_SHAPES:
            wanted = f"at most {MAX_SHAPES} shapes, {MAX_DEPTH} deep"
            raise FileError(wanted, "more", "Simplify the domain.")
        content = dict(table.content)
        spans = isinstance(content.get("time"), dict)
        interval = Table(content.pop("time"), table.at("time"), None).pairs() if spans else {}
        with at_place(table.place):
            if "mesh" in content and "shape" not in content:
                found = self.mesh(Table(content, table.place, MESH))
            else:
                kind = one_of("shape", table.get("shape", str), SHAPES, table.place)
                del content["shape"]
                found = self.kind(kind, Table(content, table.place, SHAPES[kind]), depth)
            return found.over(**interval) if interval else found

    def mesh(self, table: Table) -> Shape:
        axes = tuple(table.texts("axes")) if "axes" in table.content else None
        return self.mesh_named(table.get("mesh", str), axes)

    def kind(self, kind: str, table: Table, depth: int) -> Any:
        if kind == "box":
            return Box(**table.pairs())
        if kind == "interval":
            axis = table.get("axis", str, "x")
            return Interval(table.number("a"), table.number("b"), axis)
        if kind in _JOINS:
            members = [self.shape(item, depth + 1) for item in table.tables("of")]
            if len(members) < 2:
                remedy = 'Write of = [{ shape = "disc", … }, …].'
                raise FileError("two shapes or more", str(len(members)), remedy)
            return functools.reduce(_JOINS[kind], members)
        options: dict[str, Any] = (
            {"name": table.get("name", str)} if "name" in table.content else {}
        )
        if "axes" in table.content:
            options["axes"] = tuple(table.texts("axes"))
        if kind == "polygon":
            return Polygon(table.array("vertices").tolist(), **options)
        if kind == "rectangle":
            return Rectangle(table.numbers("corner"), table.numbers("size"), **options)
        make = Disc if kind == "disc" else Ball
        return make(table.numbers("center"), table.number("radius"), **options)


def write_shape(shape: Shape, name_of: NameOf) -> dict[str, Any]:
    """Return the table that `read_shape` reads as the same shape.

    Raises:
        FileError: a shape of another library, or a mesh without a name.
    """
    kind = type(shape).__name__.lower()
    if isinstance(shape, Extrusion):
        name, *ends = shape.time
        held = write_shape(shape.shape, name_of)
        return held | {"time": {name: [plain_number(end) for end in ends]}}
    if isinstance(shape, Box):
        sides = {name: [plain_number(low), plain_number(high)] for name, low, high in shape.sides}
        if "shape" not in sides:
            return {"shape": "box", **sides}
    if isinstance(shape, MeshShape):
        usual = shape.axes == ("x", "y", "z")[: shape.dimension]
        return {"mesh": name_of(shape)} | ({} if usual else {"axes": list(shape.axes)})
    if isinstance(shape, Union | Intersection | Difference):
        members = (shape.first, shape.second)
        return {"shape": kind, "of": [write_shape(item, name_of) for item in members]}
    entry: dict[str, Any] = {"shape": kind, "axes": list(shape.axes)}
    if isinstance(shape, Disc | Ball | Polygon):
        entry |= {} if shape.name is None else {"name": shape.name}
    if isinstance(shape, Disc | Ball):
        return entry | {"center": list(shape.center), "radius": shape.radius}
    if isinstance(shape, Polygon):
        return entry | {"vertices": [list(vertex) for vertex in shape.vertices]}
    raise FileError("a shape that problem files have words for", repr(shape), "Choose another.")


def plain_number(value: float) -> int | float:
    """Return a whole number without a point, as people write it."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)
