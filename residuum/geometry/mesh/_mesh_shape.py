"""A mesh as a domain: what every shape answers, from the facets of a mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn, final

import numpy as np
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError, OptionError
from residuum.geometry._abstract import BOUNDARY, Shape
from residuum.geometry._checks import Array, Mask, Placed, checked_name
from residuum.geometry._draw import pick
from residuum.geometry.mesh._boundary import Boundary
from residuum.geometry.mesh._mesh import Mesh
from residuum.geometry.mesh._simplices import Numbers, areas


@final
@dataclass(frozen=True, eq=False, repr=False)
class MeshShape(Shape):
    """The points covered by a mesh, as the domain of a problem.

    It has no expressions: conditions on it are met by weight or on elements, never by an ansatz.
    Distances are those to its flat facets, exact to rounding; they take the time of a search.

    Two are equal if their points, cells, parts and axes are.

    Args:
        mesh: its parts are the parts of the shape.
        source: the file it was read from, by which problem files name it.

    Raises:
        OptionError: something else than a `Mesh`, or a source that is no text.
        DomainError: a part with a reserved name.
    """

    mesh: Mesh
    source: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.mesh, Mesh):
            raise OptionError("a Mesh", type(self.mesh).__name__, "Use read_mesh or mesh_of.")
        if self.source is not None and not (isinstance(self.source, str) and self.source):
            raise OptionError("the name of a file", repr(self.source), "Pass text, or None.")
        for name in self.mesh.parts:
            checked_name(name)

    def __repr__(self) -> str:
        return f"MeshShape({self.mesh!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MeshShape) and _same(self.mesh, other.mesh)

    def __hash__(self) -> int:
        mesh = self.mesh
        return hash((mesh.axes, mesh.points.shape, mesh.cells.shape, tuple(sorted(mesh.parts))))

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the coordinates, in order."""
        return self.mesh.axes

    @property
    def bounds(self) -> Array:
        """Box around it, (d, 2)."""
        return np.stack([self.mesh.points.min(axis=0), self.mesh.points.max(axis=0)], axis=1)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the boundary parts that have facets."""
        return tuple(name for name, facets in self.mesh.parts.items() if len(facets))

    def signed_distance(self, points: ArrayLike) -> Array:
        """Return the exact signed distance (n,) to the facets; see `Shape.signed_distance`."""
        return self._boundary.signed(self._points(points))

    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, d) from the nearest facets; see `Shape.inward_normal`."""
        _, facet, weights = self._boundary.nearest(self._points(points))
        return -self._boundary.directions(facet, weights)

    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) is on facets of the part; see `Shape.on_part`."""
        distance = self._of(self._known(part)).nearest(self._points(points))[0]
        near: Mask = distance <= self._tolerance(tolerance)
        return near

    def measure(self) -> float:
        """Return the measure of all cells."""
        return self.mesh.measure

    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the measure of a part's facets, or of all."""
        return float(areas(self.mesh.points, self._facets(self._known(part))).sum())

    def implicit(self) -> Expr:
        """Raise: a mesh has no equation."""
        self._refuse()

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Raise: a mesh has no smooth distance; `signed_distance` gives numbers."""
        self._refuse()

    def _interior(self, unit: Array) -> Placed:
        chosen, rest = pick(unit, self.mesh.measures)
        corners = self.mesh.points[self.mesh.cells[chosen]]
        points = np.einsum("nk,nkd->nd", _weights(rest), corners)
        return points, np.ones(len(unit), dtype=bool)

    def _surface(self, part: str, unit: Array) -> Placed:
        facets = self._facets(part)
        chosen, rest = pick(unit, areas(self.mesh.points, facets))
        corners = self.mesh.points[facets[chosen]]
        weights = _weights(rest) if self.dimension > 1 else np.ones((len(unit), 1))
        return np.einsum("nk,nkd->nd", weights, corners), np.ones(len(unit), dtype=bool)

    def _room(self) -> float:
        return self.mesh.measure

    def _trimmed(self, part: str) -> Expr:
        self._refuse()

    def _refuse(self) -> NoReturn:
        remedy = "Use weighted conditions or a method on elements, or draw the shape anew."
        raise DomainError("a shape with an equation", repr(self), remedy)

    def _facets(self, part: str) -> Numbers:
        return self.mesh.boundary() if part == BOUNDARY else self.mesh.parts[part]

    def _of(self, part: str) -> Boundary:
        if part == BOUNDARY:
            return self._boundary
        if part not in self._by_part:
            facets = self.mesh.parts[part]
            self._by_part[part] = Boundary(self.mesh.points, self.mesh.cells, facets)
        return self._by_part[part]

    @cached_property
    def _boundary(self) -> Boundary:
        return Boundary(self.mesh.points, self.mesh.cells, self.mesh.boundary())

    @cached_property
    def _by_part(self) -> dict[str, Boundary]:
        return {}


def _same(one: Mesh, other: Mesh) -> bool:
    if one is other:
        return True
    named = one.axes == other.axes and one.parts.keys() == other.parts.keys()
    pairs = [(one.points, other.points), (one.cells, other.cells)]
    pairs += [(facets, other.parts[name]) for name, facets in one.parts.items()] if named else []
    return named and one.shape == other.shape and all(np.array_equal(a, b) for a, b in pairs)


def _weights(unit: Array) -> Array:
    """Return weights (n, k+1) of places in a simplex, uniform for unit points (n, k)."""
    ordered = np.sort(unit, axis=1)
    return np.diff(ordered, axis=1, prepend=0.0, append=1.0)
