"""What every shape answers: where its points are, how far its boundary is, what it measures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError
from residuum._core._keys import Key
from residuum.geometry._checks import (
    Array,
    Mask,
    Placed,
    checked_points,
    checked_tolerance,
)
from residuum.geometry._designs import Design
from residuum.geometry._draw import draw, stretched

if TYPE_CHECKING:
    from residuum.geometry._difference import Difference
    from residuum.geometry._extrusion import Extrusion
    from residuum.geometry._intersection import Intersection
    from residuum.geometry._union import Union

BOUNDARY = "boundary"


class Shape(ABC):
    """A bounded closed set of R^d with named coordinates and named boundary parts.

    Points are arrays (n, d), columns in the order of ``axes``, in the units of the shape's bounds.
    Methods that take a part accept ``"boundary"`` for all of it, and raise DomainError for an
    unknown name; arrays of another shape raise OptionError.
    A ``tolerance`` is a length in the units of the points; by default about 1e-9 of the shape's
    smallest extent, so pass one for points rounded to float32 or read from a mesh file.
    """

    @property
    @abstractmethod
    def axes(self) -> tuple[str, ...]:
        """Names of the coordinates, in order."""

    @property
    @abstractmethod
    def bounds(self) -> Array:
        """Box around the shape, (d, 2): the lower and upper bound of each axis."""

    @property
    @abstractmethod
    def parts(self) -> tuple[str, ...]:
        """Names of the boundary parts; together they cover the boundary."""

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.axes)

    @abstractmethod
    def signed_distance(self, points: ArrayLike) -> Array:
        """Return the distance (n,) to the boundary, negative inside.

        Exact for boxes, discs, balls, polygons, and extrusions of these. For unions,
        intersections and differences the sign is exact and the size is a lower bound; where
        the boundaries of two members coincide it is 0 even if the point is not on the boundary.
        """

    @abstractmethod
    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, d) into the shape, for points on or near its boundary.

        At a corner it is the mean direction of the pieces that meet. Far from the boundary it
        is the normal of the nearest piece.
        """

    @abstractmethod
    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) lies on the named part, ends included."""

    @abstractmethod
    def measure(self) -> float:
        """Return length, area or volume: exact for simple shapes.

        Unions, intersections and differences of members that partly overlap are estimated with
        2**15 quasi-random points (relative error about 1e-3 in the plane); members apart or one
        inside the other are exact.
        """

    @abstractmethod
    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the (d-1)-dimensional measure of a part; in one dimension the number of points.

        Exact or estimated as `measure` is. With axes of different units its value depends on them.
        """

    @abstractmethod
    def implicit(self) -> Expr:
        """Return a function of the axes' symbols: > 0 inside, 0 on the boundary, < 0 outside.

        Its inward normal derivative is one on the boundary away from corners, except where
        boundaries of two members coincide. Symbols are ``Symbol(axis, real=True)``.
        """

    @abstractmethod
    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return a smooth approximate distance to a part: 0 on it, > 0 in the shape.

        A single part has inward normal derivative one (away from its ends). For the whole
        boundary, boxes and convex polygons give a product of side distances, smooth to all
        orders, whose normal derivative is about one mid-side and falls to zero at corners;
        ``normalised=True`` gives derivative one up to the corners, where it is then not
        differentiable (the second derivatives grow without bound near them).
        Expressions are meant for points of the closed shape only.

        Raises:
            DomainError: an unknown part, or a union whose members touch along a face.
        """

    def part_distances(self) -> dict[str, Expr]:
        """Return `distance` for every part, by name."""
        return {part: self.distance(part) for part in self.parts}

    def contains(self, points: ArrayLike, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) lies in the closed shape, ``tolerance`` around included.

        Where a difference cuts flush with a face, the cut face still counts as contained.
        """
        inside: Mask = self.signed_distance(points) <= self._tolerance(tolerance)
        return inside

    def sample(self, n: int, *, design: Design | None = None, key: Key) -> Array:
        """Return n points (n, d) strictly inside.

        Args:
            n: number of points, at least 1.
            design: how they are spread; scrambled Sobol points by default.
            key: a whole number or JAX key; the same key gives the same points.

        Raises:
            OptionError: ``n`` is not a whole number of one or more.
            DomainError: hardly a point of millions tried falls inside.
        """
        return draw(n, self.dimension, self._interior, design=design, key=key)

    def sample_boundary(
        self, n: int, *, part: str = BOUNDARY, design: Design | None = None, key: Key
    ) -> Array:
        """Return n points (n, d) on the named part, uniform in its (d-1)-dimensional measure.

        Arguments and errors as `sample`. In one dimension the few end points repeat.
        """
        place = partial(self._surface, self._known(part))
        return draw(n, max(self.dimension - 1, 1), place, design=design, key=key)

    def over(self, **time: tuple[float, float]) -> Extrusion:
        """Return the space-time cylinder of this shape: ``shape.over(t=(0, 2))``, time first."""
        # The four results below are shapes themselves: imported late to break the circle.
        from residuum.geometry._extrusion import Extrusion

        return Extrusion(self, **time)

    def __or__(self, other: Shape) -> Union:
        from residuum.geometry._union import Union

        return Union(self, other) if isinstance(other, Shape) else NotImplemented

    def __and__(self, other: Shape) -> Intersection:
        from residuum.geometry._intersection import Intersection

        return Intersection(self, other) if isinstance(other, Shape) else NotImplemented

    def __sub__(self, other: Shape) -> Difference:
        from residuum.geometry._difference import Difference

        return Difference(self, other) if isinstance(other, Shape) else NotImplemented

    # What shapes ask of one another.

    def _interior(self, unit: Array) -> Placed:
        """Map unit points (n, d) to candidates (n, d), uniform where kept."""
        points = stretched(unit, self.bounds)
        return points, self.signed_distance(points) < 0

    @abstractmethod
    def _surface(self, part: str, unit: Array) -> Placed:
        """Map unit points (n, max(d-1, 1)) to candidates (n, d) on a part, uniform where kept."""

    def _room(self) -> float:
        """Return the measure that `_interior` draws from, what it drops included."""
        return float(np.prod(np.ptp(self.bounds, axis=1)))

    def _room_on(self, part: str) -> float:
        """Return the measure that `_surface` draws from, what it drops included."""
        return self.boundary_measure(part)

    def _terms(self, part: str, *, normalised: bool) -> list[Expr]:
        """Return terms whose conjunction is `distance`: nested shapes join them all at once."""
        return [self.distance(part, normalised=normalised)]

    def _signed_terms(self) -> list[Expr]:
        """Return terms whose conjunction is `implicit`."""
        return [self.implicit()]

    @abstractmethod
    def _trimmed(self, part: str) -> Expr:
        """Return a function that vanishes on the part and nowhere else in space."""

    def _points(self, points: ArrayLike) -> Array:
        return checked_points(points, self.axes)

    def _known(self, part: str) -> str:
        if part != BOUNDARY and part not in self.parts:
            remedy = "Use one of these names, or 'boundary' for all."
            raise DomainError(f"a part among {self.parts}", repr(part), remedy)
        return part

    def _tolerance(self, tolerance: float | None) -> float:
        if tolerance is not None:
            return checked_tolerance(tolerance)
        # The smallest extent, so that a nanometre axis beside a second axis is still resolved;
        # the last term is the rounding of coordinates far from the origin.
        bounds: Any = self.bounds
        return float(1e-9 * np.ptp(bounds, axis=1).min() + 1e-15 * np.abs(bounds).max())
