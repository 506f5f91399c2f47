"""What discs and balls share: everything but their names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._abstract import BOUNDARY, Shape
from residuum.geometry._checks import Array, Mask, Placed, checked_axes, checked_name
from residuum.geometry._rfunctions import number, symbols


@dataclass(frozen=True)
class Round(Shape):
    """All points within ``radius`` of ``center``; its whole boundary is one part."""

    center: Sequence[float]
    radius: float

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the boundary."""

    def __post_init__(self) -> None:
        center, radius = tuple(float(c) for c in self.center), float(self.radius)
        if len(center) < 2 or not np.isfinite(center).all():
            remedy = "Give two coordinates or more; in one dimension use Interval."
            raise DomainError("a finite centre", repr(self.center), remedy)
        if not (np.isfinite(radius) and radius > 0):
            remedy = "Give the radius in the units of the axes."
            raise DomainError("a positive radius", repr(self.radius), remedy)
        object.__setattr__(self, "center", center)
        object.__setattr__(self, "radius", radius)
        object.__setattr__(self, "axes", checked_axes(self.axes, len(center)))
        checked_name(self.name)

    @property
    def bounds(self) -> Array:
        """Box around it, (d, 2)."""
        center = np.array(self.center)
        return np.stack([center - self.radius, center + self.radius], axis=1)

    @property
    def parts(self) -> tuple[str, ...]:
        """The one name of the boundary."""
        return (self.name,)

    def signed_distance(self, points: ArrayLike) -> Array:
        """Return the exact signed distance (n,); see `Shape.signed_distance`."""
        signed: Array = np.linalg.norm(self._points(points) - self.center, axis=1) - self.radius
        return signed

    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, d) to the centre; at the centre itself, along the first axis."""
        inward = np.array(self.center) - self._points(points)
        length = np.linalg.norm(inward, axis=1, keepdims=True)
        return np.where(
            length > 0, inward / np.where(length > 0, length, 1), np.eye(1, len(self.center))
        )

    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) is on the boundary; see `Shape.on_part`."""
        self._known(part)
        near: Mask = np.abs(self.signed_distance(points)) <= self._tolerance(tolerance)
        return near

    def measure(self) -> float:
        """Return the exact area or volume."""
        half = self.dimension / 2
        return float(np.pi**half / sympy.gamma(half + 1)) * self.radius**self.dimension

    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the exact circumference or surface."""
        self._known(part)
        return self.measure() * self.dimension / self.radius

    def implicit(self) -> Expr:
        """Return (R² - r²)/(2R): a polynomial, negative outside; see `Shape.implicit`."""
        squares = [
            (x - number(c)) ** 2 for x, c in zip(symbols(self.axes), self.center, strict=True)
        ]
        return (number(self.radius**2) - sympy.Add(*squares)) / number(2 * self.radius)

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return (R² - r²)/(2R), smooth and normalised alike; see `Shape.distance`."""
        self._known(part)
        return self.implicit()

    def _interior(self, unit: Array) -> Placed:
        reach = self.radius * unit[:, :1] ** (1 / self.dimension)
        points = self.center + reach * _directions(unit[:, 1:])
        return points, self.signed_distance(points) < 0

    def _room(self) -> float:
        return self.measure()

    def _surface(self, part: str, unit: Array) -> Placed:
        points: Array = self.center + self.radius * _directions(unit)
        return points, np.ones(len(unit), dtype=bool)

    def _trimmed(self, part: str) -> Expr:
        return self.implicit()


def _directions(unit: Array) -> Array:
    """Map unit points (n, d-1) to uniform directions (n, d)."""
    n, left = unit.shape
    rest, columns = np.ones(n), []
    for u in unit.T[:-1]:
        height = _heights(u, left)
        columns.append(rest * height)
        rest, left = rest * np.sqrt(1 - height**2), left - 1
    angle = 2 * np.pi * unit[:, -1]
    return np.stack([*columns, rest * np.cos(angle), rest * np.sin(angle)], axis=1)


def _heights(u: Array, dimension: int) -> Array:
    """Return the first coordinate (n,) of uniform points on the sphere of this dimension."""
    # SciPy is slow to import, and discs do without it.
    from scipy.special import betaincinv

    heights: Array = 2 * betaincinv(dimension / 2, dimension / 2, u) - 1
    return heights
