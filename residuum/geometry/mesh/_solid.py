"""Meshes of solids made of boxes, balls and cylinders, by Netgen in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from residuum._core._errors import DomainError
from residuum.geometry._abstract import Shape
from residuum.geometry._box import Box
from residuum.geometry._checks import Array, Mask
from residuum.geometry._combination import Combination
from residuum.geometry._extrusion import Extrusion
from residuum.geometry._polygon import Polygon
from residuum.geometry._round import Round
from residuum.geometry.mesh import _generator
from residuum.geometry.mesh._mesh import Mesh
from residuum.geometry.mesh._netgen import Frame, quiet
from residuum.geometry.mesh._simplices import Numbers, volumes
from residuum.geometry.mesh._spacing import PER_TURN
from residuum.geometry.mesh._surfaces import Surface, moved, surfaces_of


def solid(shape: Shape, size: float, grading: float) -> Mesh:
    """Return a mesh of tetrahedra of a shape of three axes; see `mesh_of`."""
    surfaces = surfaces_of(shape)
    assert surfaces is not None
    low, high = shape.bounds.T
    frame = Frame((low + high) / 2, float((high - low).max()))
    options = {
        "maxh": size / frame.scale,
        "grading": grading,
        "curvaturesafety": PER_TURN / (2 * np.pi),
    }
    tree = _Tree(frame).of(shape, list(enumerate(surfaces)))
    made = _generated({"solid": tree, "options": options})
    points, cells, facets = frame.back(made["points"]), made["cells"], made["facets"]
    if not len(cells):
        remedy = "Pass a smaller size, or mesh it elsewhere and use read_mesh."
        raise DomainError("a mesh of the solid", "no cells", remedy)
    used = np.unique(cells)
    place = np.full(len(points), -1)
    place[used] = np.arange(len(used))
    points, cells, facets = points[used], place[cells], place[facets]
    points = _settled(points, cells, facets, made["owner"], surfaces)
    named = _named(shape, surfaces, made["owner"], points[facets].mean(axis=1))
    names = dict.fromkeys((*shape.parts, *named.tolist()))
    parts = {name: facets[named == name] for name in names}
    return Mesh(points, cells, parts, axes=shape.axes, shape=shape)


def _generated(given: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays that the generator makes of a solid and options."""
    with quiet("solid"), tempfile.TemporaryDirectory(prefix="residuum-mesh-") as folder:
        spec, target = Path(folder, "solid.json"), Path(folder, "mesh.npz")
        spec.write_text(json.dumps(given), encoding="utf-8")
        call = [sys.executable, "-P", str(_generator.__file__), str(spec), str(target)]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode or not target.exists():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise RuntimeError(f"{last} (exit {done.returncode})")
        with np.load(target, allow_pickle=False) as arrays:
            return dict(arrays)


Numbered = list[tuple[int, Surface]]
"""Surfaces with their numbers in `surfaces_of` the whole shape."""


@final
@dataclass(frozen=True, eq=False)
class _Tree:
    """Describes shapes to the generator."""

    frame: Frame

    def of(self, shape: Shape, surfaces: Numbered) -> dict[str, Any]:
        """Return the tree of a shape of three axes."""
        if isinstance(shape, Combination):
            k = _count(shape.first)
            first, second = surfaces[:k], surfaces[k:]
            return _joined(shape, self.of(shape.first, first), self.of(shape.second, second))
        if isinstance(shape, Extrusion):
            start, end = shape.time[1:]
            span = self._scaled(np.array([start, end]), 0)
            return self._over(shape.shape, surfaces[:-2], surfaces[-2:], span)
        marks: dict[str, Any] = {"surfaces": self._marks(surfaces)}
        if isinstance(shape, Box):
            return marks | {"kind": "box", "bounds": self.frame.into(shape.bounds.T).tolist()}
        assert isinstance(shape, Round)
        center = self.frame.into(np.array(shape.center)).tolist()
        return marks | {"kind": "ball", "center": center, "radius": self._radius(shape)}

    def _over(
        self, shape: Shape, surfaces: Numbered, caps: Numbered, span: Array
    ) -> dict[str, Any]:
        """Return the tree of the cylinder over a plane shape."""
        if isinstance(shape, Combination):
            k = _count(shape.first)
            first = self._over(shape.first, surfaces[:k], caps, span)
            return _joined(shape, first, self._over(shape.second, surfaces[k:], caps, span))
        marks = {"surfaces": self._marks([*surfaces, *caps]), "span": span.tolist()}
        if isinstance(shape, Round):
            center = self._scaled(np.array(shape.center), slice(1, 3)).tolist()
            return marks | {"kind": "cylinder", "center": center, "radius": self._radius(shape)}
        if isinstance(shape, Polygon):
            corners = np.array(shape.vertices)
        elif isinstance(shape, Box) or isinstance(getattr(shape, "shape", None), Box):
            (a, b), (c, d) = shape.bounds
            corners = np.array([(a, c), (b, c), (b, d), (a, d)])
        else:
            wanted, got = "cylinders over boxes, polygons and discs", type(shape).__name__
            raise DomainError(wanted, got, "Build it of these, or use read_mesh.")
        return marks | {"kind": "prism", "corners": self._scaled(corners, slice(1, 3)).tolist()}

    def _marks(self, surfaces: Numbered) -> list[Any]:
        """Return number, whether flat, normal and offset in the frame of each surface."""
        found = []
        for number, surface in surfaces:
            normal = surface.center if surface.flat else np.zeros(3)
            offset = (surface.radius - normal @ self.frame.origin) / self.frame.scale
            found.append((number, surface.flat, normal.tolist(), float(offset)))
        return found

    def _scaled(self, values: Array, axes: int | slice) -> Array:
        return np.asarray((values - self.frame.origin[axes]) / self.frame.scale)

    def _radius(self, shape: Round) -> float:
        return shape.radius / self.frame.scale


def _count(shape: Shape) -> int:
    return len(surfaces_of(shape) or ())


def _joined(shape: Combination, first: Any, second: Any) -> dict[str, Any]:
    return {"kind": type(shape).__name__.lower(), "first": first, "second": second}


def _named(
    shape: Shape, surfaces: tuple[Surface, ...], owner: np.ndarray, middle: Array
) -> np.ndarray:
    """Return the part (k,) of each facet; where planes of two members coincide, the shape says."""
    named = np.array([surface.part for surface in surfaces], dtype=object)[owner]
    for number in np.unique(owner):
        mine, own = owner == number, surfaces[number].part
        spot = middle[mine]
        near = 1e-9 * np.abs(spot).max()
        others = {s.part for s in surfaces if s.flat and np.abs(s.gap(spot)).max() <= near}
        for part in sorted((others - {own}) & set(shape.parts)):
            other = shape.on_part(spot, part) & ~shape.on_part(spot, own)
            named[np.flatnonzero(mine)[other]] = part
    return named


def _settled(
    points: Array, cells: Numbers, facets: Numbers, owner: np.ndarray, surfaces: tuple[Surface, ...]
) -> Array:
    """Return the points with those of the boundary exactly on their surfaces."""
    holding: list[tuple[Surface, Mask]] = []
    for number in np.unique(owner):
        mask = np.zeros(len(points), dtype=bool)
        mask[facets[owner == number]] = True
        holding.append((surfaces[number], mask))
    settled = moved(points, holding)
    before, after = volumes(points, cells), volumes(settled, cells)
    return settled if (before * after > 0).all() else points
