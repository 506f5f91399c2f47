"""Netgen, behind two functions: plane and solid regions in, arrays out; silent, repeatable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from residuum._core._errors import DomainError, MissingExtra
from residuum.geometry._checks import Array
from residuum.geometry.mesh._simplices import Numbers


@final
@dataclass(frozen=True, eq=False)
class Frame:
    """A shift and one scale that bring a shape to size one: Netgen's tolerances are absolute."""

    origin: Array
    scale: float

    def into(self, points: Array) -> Array:
        """Return points (n, d) in the frame."""
        return np.asarray((points - self.origin) / self.scale)

    def back(self, points: Array) -> Array:
        """Return points (n, d) in the shape's own coordinates."""
        return np.asarray(points * self.scale + self.origin)


@contextmanager
def quiet(shape: str) -> Iterator[Any]:
    """Give the module ``netgen.meshing`` with its messages off; turn its errors into ours."""
    try:
        import netgen.meshing as meshing
    except ImportError as error:
        remedy = "Install it: pip install netgen-mesher."
        raise MissingExtra("the mesh generator Netgen", str(error), remedy) from error
    before = meshing.SetMessageImportance(0)
    try:
        yield meshing
    except (meshing.NgException, RuntimeError) as error:
        remedy = "Pass a smaller size, simplify the shape, or mesh it elsewhere and use read_mesh."
        raise DomainError(f"a mesh of the {shape}", str(error)[:200], remedy) from error
    finally:
        if isinstance(before, int):
            meshing.SetMessageImportance(before)


def plane_mesh(
    frame: Frame, points: Array, ends: Numbers, *, size: float, grading: float
) -> tuple[Array, Numbers, Numbers, np.ndarray]:
    """Return points, triangles, boundary facets and the side each lies on.

    Args:
        frame: brings the shape to size one.
        points: (n, 2) on the boundary.
        ends: (k, 2) the sides between them, the inside on their left. Netgen cuts sides further
            where its own growth of sizes asks for it.
        size: largest length of edges.
        grading: growth of the length per distance.
    """
    with quiet("plane shape") as meshing:
        from netgen.geom2d import SplineGeometry

        geometry = SplineGeometry()
        for place in frame.into(points):
            geometry.AppendPoint(*place)
        for k, (a, b) in enumerate(ends.tolist()):
            geometry.Append(["line", a, b], leftdomain=1, rightdomain=0, bc=k + 1)
        options = meshing.MeshingParameters(maxh=size / frame.scale, grading=grading)
        made = geometry.GenerateMesh(options)
        found = frame.back(np.array(made.Coordinates())[:, :2])
        cells = np.array(made.Elements2D().NumPy()["nodes"][:, :3], dtype=np.int64) - 1
        sides = made.Elements1D().NumPy()
    if not len(cells):
        remedy = "Pass a smaller size, or mesh it elsewhere and use read_mesh."
        raise DomainError("a mesh of the plane shape", "no cells", remedy)
    # The given points exactly: scaling to and fro has rounded them.
    found[_nearest(found, points)] = points
    facets = np.array(sides["nodes"][:, :2], dtype=np.int64) - 1
    return found, cells, facets, np.array(sides["index"], dtype=np.intp) - 1


def _nearest(points: Array, places: Array) -> np.ndarray:
    # SciPy is slow to import.
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(points).query(places)[1])
