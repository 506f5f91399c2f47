"""Boxes of any dimension: the sides are named after the axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._abstract import BOUNDARY, Shape
from residuum.geometry._checks import Array, Mask, Placed, checked_axes, checked_range
from residuum.geometry._draw import blend, pick, stretched
from residuum.geometry._rfunctions import conjunction, number, pair, product, symbols, trim


@final
@dataclass(frozen=True, init=False)
class Box(Shape):
    """A box with sides parallel to the axes: ``Box(t=(0, 1), x=(-1, 1))``.

    Its parts are ``t_min``, ``t_max``, ``x_min``, ``x_max``, in that order.

    Args:
        axes: for each axis, by name and in order, its lower and upper bound.

    Raises:
        DomainError: no axis, or bounds that are not two finite, increasing numbers.
    """

    sides: tuple[tuple[str, float, float], ...]

    def __init__(self, **axes: tuple[float, float]) -> None:
        if not axes:
            raise DomainError("one axis or more", "none", "Write Box(x=(0, 1)), say.")
        checked_axes(tuple(axes), len(axes))
        sides = tuple((name, *checked_range(name, ends)) for name, ends in axes.items())
        object.__setattr__(self, "sides", sides)

    def __repr__(self) -> str:
        return f"Box({', '.join(f'{name}=({low:g}, {high:g})' for name, low, high in self.sides)})"

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the coordinates, in order."""
        return tuple(name for name, _, _ in self.sides)

    @property
    def bounds(self) -> Array:
        """Lower and upper bound of each axis, (d, 2)."""
        return np.array([(low, high) for _, low, high in self.sides])

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the sides: ``x_min``, ``x_max`` for every axis."""
        return tuple(f"{name}_{end}" for name in self.axes for end in ("min", "max"))

    def without(self, axis: str) -> Box:
        """Return the box of the other axes.

        Raises:
            DomainError: the box has no such axis, or no other.
        """
        if axis not in self.axes:
            raise DomainError(f"an axis among {self.axes}", repr(axis), "Name one of them.")
        return Box(**{name: (low, high) for name, low, high in self.sides if name != axis})

    def signed_distance(self, points: ArrayLike) -> Array:
        """Return the exact signed distance (n,); see `Shape.signed_distance`."""
        low, high = self.bounds.T
        beyond = np.abs(self._points(points) - (low + high) / 2) - (high - low) / 2
        outside = np.linalg.norm(np.maximum(beyond, 0), axis=1)
        signed: Array = outside + np.minimum(beyond.max(axis=1), 0)
        return signed

    def contains(self, points: ArrayLike, tolerance: float | None = None) -> Mask:
        """Return whether each point is inside (n,); the tolerance acts on every axis by itself."""
        return self._within(self._points(points), tolerance)

    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, d) away from the nearest side; see `Shape.inward_normal`."""
        low, high = self.bounds.T
        place = (self._points(points) - low) / (high - low)
        # Relative gaps, so that axes of different units compare.
        gaps = np.abs(np.stack([place, 1 - place], axis=2)).reshape(len(place), 2 * self.dimension)
        inward = np.stack([np.eye(self.dimension), -np.eye(self.dimension)], axis=1)
        normals = inward.reshape(-1, 1, self.dimension) + np.zeros((1, len(place), 1))
        return blend(normals, (gaps <= gaps.min(axis=1, keepdims=True) + 1e-9).T)

    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) is on the side; see `Shape.on_part`."""
        array, allowed = self._points(points), self._allowed(tolerance)
        inside = self._within(array, tolerance)
        near: Mask = np.abs(array[:, :, None] - self.bounds) <= allowed[:, None]
        if self._known(part) == BOUNDARY:
            found = near[:, :, 0].any(axis=1) | near[:, :, 1].any(axis=1)
        else:
            axis, end = divmod(self.parts.index(part), 2)
            found = near[:, axis, end]
        return inside & found

    def measure(self) -> float:
        """Return the exact volume."""
        return float(np.prod(np.ptp(self.bounds, axis=1)))

    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the exact measure of a side, or of all of them."""
        faces = self._faces()
        return float(
            faces.sum() if self._known(part) == BOUNDARY else faces[self.parts.index(part)]
        )

    def implicit(self) -> Expr:
        """Return the signed function of the box; see `Shape.implicit`."""
        return conjunction(self._pairs())

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return x - a or b - x for a side, a scaled product for all; see `Shape.distance`."""
        if self._known(part) != BOUNDARY:
            return self._side(part)
        if normalised:
            return self.implicit()
        return product(self._pairs(), self.axes, self.bounds.mean(axis=1))

    def _interior(self, unit: Array) -> Placed:
        return stretched(unit, self.bounds), np.ones(len(unit), dtype=bool)

    def _surface(self, part: str, unit: Array) -> Placed:
        faces, rest = pick(unit, self._faces()) if part == BOUNDARY else (None, unit)
        chosen = np.full(len(unit), self.parts.index(part)) if faces is None else faces
        axis, end = np.divmod(chosen, 2)
        points = np.empty((len(unit), self.dimension))
        for k in range(self.dimension):
            mine = axis == k
            others = [i for i in range(self.dimension) if i != k]
            if others:
                points[np.ix_(mine, others)] = stretched(rest[mine], self.bounds[others])
            points[mine, k] = self.bounds[k, end[mine]]
        return points, np.ones(len(unit), dtype=bool)

    def _trimmed(self, part: str) -> Expr:
        if part == BOUNDARY:
            return self.implicit()
        side, axis = self._side(part), self.parts.index(part) // 2
        others = [term for i, term in enumerate(self._pairs()) if i != axis]
        if not others:
            return abs(side)
        return trim(side, conjunction(others), float(np.ptp(self.bounds, axis=1).max()))

    def _pairs(self) -> list[Expr]:
        names = symbols(self.axes)
        return [pair(x, low, high) for x, (_, low, high) in zip(names, self.sides, strict=True)]

    def _side(self, part: str) -> Expr:
        axis, end = divmod(self.parts.index(part), 2)
        name, low, high = self.sides[axis]
        (x,) = symbols([name])
        return number(high) - x if end else x - number(low)

    def _faces(self) -> Array:
        extents = np.ptp(self.bounds, axis=1)
        faces = [np.prod(np.delete(extents, i)) for i in range(self.dimension)]
        return np.repeat(np.array(faces, dtype=np.float64), 2)

    def _allowed(self, tolerance: float | None) -> Array:
        """Return the tolerance of every axis (d,): by default relative to its own extent."""
        if tolerance is not None:
            return np.full(self.dimension, self._tolerance(tolerance))
        bounds = self.bounds
        allowed: Array = 1e-9 * np.ptp(bounds, axis=1) + 1e-15 * np.abs(bounds).max(axis=1)
        return allowed

    def _within(self, array: Array, tolerance: float | None) -> Mask:
        low, high = self.bounds.T
        allowed = self._allowed(tolerance)
        close = (array >= low - allowed) & (array <= high + allowed)
        within: Mask = close.all(axis=1)
        return within
