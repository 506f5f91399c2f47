"""Space-time cylinders: a shape held over an interval of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._abstract import BOUNDARY, Shape
from residuum.geometry._checks import Array, Mask, Placed, checked_range
from residuum.geometry._draw import blend, pick, spread, stretched
from residuum.geometry._rfunctions import conjunction, number, pair, symbols, trim

LATERAL = "lateral"


@final
@dataclass(frozen=True, init=False)
class Extrusion(Shape):
    """``shape.over(t=(0, 2))``: every point of a shape at every time, time the first axis.

    Its parts are those of the shape, ``t_min`` and ``t_max``; ``"lateral"`` is accepted for all
    of the former, and ``"boundary"`` is everything. Distances and measures that mix space and
    time depend on their units.

    Args:
        shape: the shape in space.
        time: one keyword, the name of the time axis with its two ends.

    Raises:
        DomainError: not one time axis, a name that the shape uses, or ends that do not increase.
    """

    shape: Shape
    time: tuple[str, float, float]

    def __init__(self, shape: Shape, **time: tuple[float, float]) -> None:
        if len(time) != 1:
            remedy = "Write shape.over(t=(0, 2))."
            raise DomainError("one time axis", repr(tuple(time)), remedy)
        ((name, ends),) = time.items()
        if name in shape.axes or {f"{name}_min", f"{name}_max"} & set(shape.parts):
            remedy = "Use another name; a Box with time in it can drop it: box.without('t')."
            raise DomainError(f"a time axis new to {shape.axes}", repr(name), remedy)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "time", (name, *checked_range(name, ends)))

    @property
    def axes(self) -> tuple[str, ...]:
        """The time axis, then those of the shape."""
        return (self.time[0], *self.shape.axes)

    @property
    def bounds(self) -> Array:
        """Lower and upper bound of each axis, (d, 2)."""
        return np.vstack([self.time[1:], self.shape.bounds])

    @property
    def parts(self) -> tuple[str, ...]:
        """The shape's parts, then ``t_min`` and ``t_max``."""
        return (*self.shape.parts, *self._caps)

    def signed_distance(self, points: ArrayLike) -> Array:
        """Return the signed distance (n,), exact when the shape's is; see `Shape`."""
        array = self._points(points)
        across, along = self.shape.signed_distance(array[:, 1:]), self._beyond(array[:, 0])
        outside = np.hypot(np.maximum(across, 0), np.maximum(along, 0))
        signed: Array = outside + np.minimum(np.maximum(across, along), 0)
        return signed

    def contains(self, points: ArrayLike, tolerance: float | None = None) -> Mask:
        """Return whether each point is inside (n,); the tolerance acts on time by itself."""
        array = self._points(points)
        return self._during(array, tolerance) & self.shape.contains(array[:, 1:], tolerance)

    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, d): along time at the caps, else the shape's own."""
        array = self._points(points)
        _, start, end = self.time
        normals = np.zeros((3, len(array), self.dimension))
        normals[0, :, 1:] = self.shape.inward_normal(array[:, 1:])
        normals[1, :, 0], normals[2, :, 0] = 1, -1
        across = self.shape.signed_distance(array[:, 1:]) / np.ptp(self.shape.bounds, axis=1).min()
        late = (array[:, 0] - start) / (end - start)
        # Relative gaps, so that the units of space and time do not matter.
        gaps = np.abs(np.stack([across, late, 1 - late]))
        return blend(normals, gaps <= gaps.min(axis=0) + 1e-9)

    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) is on the part, or on ``"lateral"``."""
        array, named = self._points(points), self._known(part)
        found = np.zeros(len(array), dtype=bool)
        if named not in self._caps:
            sides = BOUNDARY if named == LATERAL else named
            found |= self.shape.on_part(array[:, 1:], sides, tolerance)
            found &= self._during(array, tolerance)
        for cap, end in zip(self._caps, self.time[1:], strict=True):
            if named in (cap, BOUNDARY):
                near = np.abs(array[:, 0] - end) <= self._slack(tolerance)
                found |= near & self.shape.contains(array[:, 1:], tolerance)
        return found

    def measure(self) -> float:
        """Return the shape's measure times the duration."""
        return self.shape.measure() * (self.time[2] - self.time[1])

    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the measure of a part, of ``"lateral"``, or of all."""
        named = self._known(part)
        if named in self._caps:
            return self.shape.measure()
        sides = self.shape.boundary_measure(BOUNDARY if named in (LATERAL, BOUNDARY) else named)
        lateral = sides * (self.time[2] - self.time[1])
        return lateral + 2 * self.shape.measure() if named == BOUNDARY else lateral

    def implicit(self) -> Expr:
        """Return the signed function of the cylinder; see `Shape.implicit`."""
        return conjunction([self._duration(), self.shape.implicit()])

    def distance(self, part: str = BOUNDARY, *, normalised: bool = False) -> Expr:
        """Return t - t_min, t_max - t, the shape's distance, or a product for all."""
        named = self._known(part)
        if named in self._caps:
            return self._cap(named)
        if named != BOUNDARY:
            sides = BOUNDARY if named == LATERAL else named
            return self.shape.distance(sides, normalised=normalised)
        if normalised:
            return self.implicit()
        lasted = number(4 / (self.time[2] - self.time[1]))
        return lasted * self._duration() * self.shape.distance(BOUNDARY)

    def _interior(self, unit: Array) -> Placed:
        points, keep = self.shape._interior(unit[:, 1:])
        when = stretched(unit[:, :1], np.array([self.time[1:]]))
        return np.hstack([when, points]), keep

    def _surface(self, part: str, unit: Array) -> Placed:
        if part != BOUNDARY:
            return self._cover(unit, [part])
        return self._cover(unit, [LATERAL, *self._caps])

    def _cover(self, unit: Array, pieces: list[str]) -> Placed:
        """Map unit points onto the pieces, in proportion to their measures."""
        chosen, rest = pick(unit, [self._room_on(piece) for piece in pieces])
        points, keep = np.empty((len(unit), self.dimension)), np.empty(len(unit), dtype=bool)
        for k, piece in enumerate(pieces):
            mine, here = chosen == k, rest[chosen == k]
            if piece in self._caps:
                points[mine, 0] = self.time[1 + self._caps.index(piece)]
                points[mine, 1:], keep[mine] = self.shape._interior(here)
            else:
                points[mine], keep[mine] = self._side(piece, here)
        return points, keep

    def _side(self, part: str, unit: Array) -> Placed:
        """Map unit points (n, d-1) onto a lateral part."""
        sides = BOUNDARY if part == LATERAL else part
        if self.shape.dimension > 1:
            when, (points, keep) = unit[:, -1:], self.shape._surface(sides, unit[:, :-1])
        else:
            # One coordinate chooses among the few ends and places in time.
            ends = self._ends(sides)
            chosen, when = pick(unit, np.ones(len(ends)))
            points, keep = ends[chosen], np.ones(len(unit), dtype=bool)
        return np.hstack([stretched(when, np.array([self.time[1:]])), points]), keep

    def _ends(self, part: str) -> Array:
        """Return the end points (k, 1) that make up a part of a one-dimensional shape."""
        points, kept = self.shape._surface(part, spread(2**8, 1))
        return np.unique(points[kept], axis=0)

    def _room(self) -> float:
        return self.shape._room() * (self.time[2] - self.time[1])

    def _room_on(self, part: str) -> float:
        if part in self._caps:
            return self.shape._room()
        if part == BOUNDARY:
            return self._room_on(LATERAL) + 2 * self.shape._room()
        sides = BOUNDARY if part == LATERAL else part
        ends = self.shape.dimension == 1
        across = len(self._ends(sides)) if ends else self.shape._room_on(sides)
        return across * (self.time[2] - self.time[1])

    def _trimmed(self, part: str) -> Expr:
        length = float(np.ptp(self.bounds, axis=1).max())
        if part in self._caps:
            return trim(self._cap(part), self.shape.implicit(), length)
        if part == BOUNDARY:
            return self.implicit()
        sides = BOUNDARY if part == LATERAL else part
        return trim(self.shape._trimmed(sides), self._duration(), length)

    def _known(self, part: str) -> str:
        return part if part == LATERAL else super()._known(part)

    @property
    def _caps(self) -> tuple[str, str]:
        return f"{self.time[0]}_min", f"{self.time[0]}_max"

    def _duration(self) -> Expr:
        name, start, end = self.time
        (t,) = symbols([name])
        return pair(t, start, end)

    def _cap(self, part: str) -> Expr:
        name, start, end = self.time
        (t,) = symbols([name])
        return t - number(start) if part == self._caps[0] else number(end) - t

    def _beyond(self, when: Array) -> Array:
        _, start, end = self.time
        return np.abs(when - (start + end) / 2) - (end - start) / 2

    def _slack(self, tolerance: float | None) -> float:
        _, start, end = self.time
        own = 1e-9 * (end - start) + 1e-15 * max(abs(start), abs(end))
        return own if tolerance is None else self._tolerance(tolerance)

    def _during(self, array: Array, tolerance: float | None) -> Mask:
        during: Mask = self._beyond(array[:, 0]) <= self._slack(tolerance)
        return during
