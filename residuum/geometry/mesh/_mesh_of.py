"""A mesh of any shape."""

from __future__ import annotations

import math

import numpy as np

from residuum._core._errors import DomainError, OptionError
from residuum.geometry._abstract import Shape
from residuum.geometry._box import Box
from residuum.geometry._extrusion import Extrusion
from residuum.geometry.mesh._grid import grid, product
from residuum.geometry.mesh._line import line
from residuum.geometry.mesh._mesh import MOST_CELLS, Mesh
from residuum.geometry.mesh._mesh_shape import MeshShape
from residuum.geometry.mesh._plane import plane
from residuum.geometry.mesh._simplices import border, lengths
from residuum.geometry.mesh._surfaces import surfaces_of

_CELL = {2: math.sqrt(3) / 4, 3: 0.1}
"""Measure of a typical cell of size one: the regular triangle; what Netgen makes in space."""


def mesh_of(shape: Shape, size: float, *, grading: float = 0.3) -> Mesh:
    """Return a mesh of a shape of one, two or three axes with edges of about ``size``.

    Intervals, boxes and cylinders over meshed shapes (`Shape.over`) are cut regularly; polygons,
    discs, balls, unions, intersections and differences by Netgen (solids in a process of their
    own). A circle has at least 24 elements, an arc 3; in the
    plane the size is a quarter at re-entrant corners, and narrow passages get two cells across.
    Where boundaries of two parts coincide a facet belongs to the first member's part. A
    `MeshShape` gives its own mesh, cut uniformly until it is fine enough. The same arguments give
    the same mesh.

    Args:
        shape: what to mesh.
        size: target length of edges in the units of the axes; an extent / 10 is a good start.
        grading: how fast the size may grow with the distance from where it is small, in (0, 1]:
            0.3 is gentle, 0.1 costs several times the cells, 1 is steep.

    Raises:
        OptionError: a size that is not positive or takes more than five million cells, or a
            grading out of range.
        DomainError: more than three axes, a boundary that touches itself or ends in a cusp, a
            shape that is no combination of those of this library, or failure of the generator.
        MissingExtra: Netgen is needed and not installed.
    """
    size, grading = _positive(size, "size"), _positive(grading, "grading")
    if grading > 1:
        raise OptionError("a grading in (0, 1]", f"{grading:g}", "Pass 0.3, say.")
    d = shape.dimension
    if d > 3:
        remedy = "Finite elements stop at three; use a method without a mesh."
        raise DomainError("one to three axes", f"{d}", remedy)
    if isinstance(shape, MeshShape):
        return _fine_enough(shape.mesh, size)
    if isinstance(shape, Box):
        return grid(shape, size)
    surfaces = surfaces_of(shape)
    if surfaces is None:
        wanted = "a box, polygon, disc, ball, or what is made of them"
        remedy = "Mesh it elsewhere and use read_mesh."
        raise DomainError(wanted, type(shape).__name__, remedy)
    if d == 1:
        return line(shape, surfaces, size)
    _check_count(shape, size)
    if isinstance(shape, Extrusion):
        return _extruded(shape, size, grading)
    if d == 2:
        return plane(shape, size, grading)
    from residuum.geometry.mesh._solid import solid

    return solid(shape, size, grading)


def _fine_enough(mesh: Mesh, size: float) -> Mesh:
    """Return a given mesh cut uniformly until its mean edge is no longer than the size."""
    ends = mesh.edges()
    mean = float(lengths(mesh.points, ends).mean())
    for _ in range(max(0, math.ceil(math.log2(mean / size) - 1e-9))):
        mesh = mesh.refined()
    return mesh


def _positive(value: float, name: str) -> float:
    if not (isinstance(value, int | float | np.number) and math.isfinite(value) and value > 0):
        remedy = "Pass a length in the units of the axes." if name == "size" else "Pass 0.3, say."
        raise OptionError(f"a positive {name}", repr(value), remedy)
    return float(value)


def _check_count(shape: Shape, size: float) -> None:
    expected = shape.measure() / (_CELL[shape.dimension] * size**shape.dimension)
    if expected > MOST_CELLS:
        got = f"size {size:g}, which takes about {expected:.1e}"
        raise OptionError(f"at most {MOST_CELLS} cells", got, "Pass a larger size.")


def _extruded(shape: Extrusion, size: float, grading: float) -> Mesh:
    name, start, end = shape.time
    across = mesh_of(shape.shape, size, grading=grading)
    layers = max(2, math.ceil((end - start) / size * (1 - 1e-9)))
    total = len(across.cells) * layers * shape.dimension
    if total > MOST_CELLS:
        got = f"size {size:g}, which takes {total:.1e}"
        raise OptionError(f"at most {MOST_CELLS} cells", got, "Pass a larger size.")
    points, cells, parts = product(across, np.linspace(start, end, layers + 1))
    facets, _ = border(cells, len(points))
    level = facets // len(across.points)
    parts[f"{name}_min"] = facets[(level == 0).all(axis=1)]
    parts[f"{name}_max"] = facets[(level == layers).all(axis=1)]
    return Mesh(points, cells, parts, axes=shape.axes, shape=shape)
