"""What unions, intersections and differences share: a boundary made of pieces of two others."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sympy import Expr

from residuum._core._errors import DomainError
from residuum.geometry._abstract import BOUNDARY, Shape
from residuum.geometry._checks import Array, Mask, Placed
from residuum.geometry._draw import blend, pick, spread
from residuum.geometry._rfunctions import conjunction, trim

_PROBE = 2**16
_MEASURE = 2**15
_SURFACE = 2**12


@dataclass(frozen=True)
class Combination(Shape):
    """Two shapes over the same axes, joined by logic.

    Its parts are those of its members, equal names merged; of each part it has the piece that is
    on its own boundary. A part of which less than about 1/4000 is left counts as cut away.

    Raises:
        DomainError: the members' axes differ, or the result is empty.
    """

    first: Shape
    second: Shape
    flip: ClassVar[float] = 1.0
    """-1 when the boundary of the second member is seen from its outside."""

    def __post_init__(self) -> None:
        if self.first.axes != self.second.axes:
            got = f"{self.first.axes} and {self.second.axes}"
            raise DomainError("the same axes in the same order", got, "Name them alike.")

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the coordinates, in order."""
        return self.first.axes

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the members' parts that are not cut away altogether, each once."""
        return self._left

    @abstractmethod
    def _join(self, first: Array, second: Array) -> tuple[Array, Mask]:
        """Return the joined signed distance (n,) and whether the first member decides it (n,)."""

    @abstractmethod
    def _keeping(self) -> tuple[Expr, Expr]:
        """Return, per member, a function that is positive where its boundary is kept."""

    def signed_distance(self, points: ArrayLike) -> Array:
        """Return a signed lower bound of the distance (n,); see `Shape.signed_distance`."""
        array = self._points(points)
        return self._join(self.first.signed_distance(array), self.second.signed_distance(array))[0]

    def inward_normal(self, points: ArrayLike) -> Array:
        """Return unit vectors (n, d) of the member that decides; see `Shape.inward_normal`."""
        array = self._points(points)
        distances = self.first.signed_distance(array), self.second.signed_distance(array)
        _, decides = self._join(*distances)
        close = np.abs(distances[0] - self.flip * distances[1]) <= self._tolerance(None)
        return blend(self._normals(array), np.stack([decides | close, ~decides | close]))

    def on_part(self, points: ArrayLike, part: str, tolerance: float | None = None) -> Mask:
        """Return whether each point (n,) is on the kept piece of the part; see `Shape.on_part`."""
        array, named = self._points(points), self._known(part)
        found = np.zeros(len(array), dtype=bool)
        for k in self._owners(named):
            found |= self._members[k].on_part(array, named, tolerance)
        if found.any():
            found[found] = self._exposed(array[found], self._tolerance(tolerance))
        return found

    def boundary_measure(self, part: str = BOUNDARY) -> float:
        """Return the measure of the kept piece; exact where all or nothing of a member is kept."""
        named = self._known(part)
        return sum(self._piece(k, named) for k in self._owners(named))

    @cached_property
    def _left(self) -> tuple[str, ...]:
        return tuple(
            name for name in dict.fromkeys(self.first.parts + self.second.parts) if self._has(name)
        )

    def _has(self, part: str) -> bool:
        # A few points nearly always suffice, and nested shapes ask this at every level.
        return any(
            self._kept(k, part, probes) for probes in (64, _SURFACE) for k in self._owners(part)
        )

    def _piece(self, k: int, part: str) -> float:
        """Return the measure of what is kept of a member's part."""
        return self._members[k].boundary_measure(part) * self._kept(k, part, _SURFACE)

    def _kept(self, k: int, part: str, probes: int) -> float:
        """Return the share of a member's part that is kept."""
        unit = spread(probes, max(self.dimension - 1, 1))
        points, keep = self._members[k]._surface(part, unit)
        return float(self._own(points[keep], part, k).mean()) if keep.any() else 0.0

    @cached_property
    def _overlap(self) -> float:
        """Measure of what the members have in common."""
        small, large = sorted((self.first, self.second), key=lambda member: member.measure())
        points, keep = small._interior(spread(_MEASURE, self.dimension))
        common = large.signed_distance(points[keep]) < 0
        return small.measure() * float(common.mean()) if keep.any() else 0.0

    def _refuse_empty(self, wanted: str, remedy: str) -> None:
        # Few points settle the usual case; many are tried before a shape is called empty.
        tries = (self._interior(spread(n, self.dimension))[1] for n in (2**8, _PROBE))
        if not any(keep.any() for keep in tries):
            got = f"none among {_PROBE} points tried, {self.first!r} and {self.second!r}"
            raise DomainError(wanted, got, remedy)

    def _surface(self, part: str, unit: Array) -> Placed:
        owners = self._owners(part)
        chosen, rest = pick(unit, [self._members[k]._room_on(part) for k in owners])
        points, keep = np.empty((len(unit), self.dimension)), np.zeros(len(unit), dtype=bool)
        for place, k in enumerate(owners):
            mine = chosen == place
            placed, kept = self._members[k]._surface(part, rest[mine])
            kept[kept] = self._own(placed[kept], part, k)
            points[mine], keep[mine] = placed, kept
        return points, keep

    def _room_on(self, part: str) -> float:
        return sum(self._members[k]._room_on(part) for k in self._owners(part))

    def _own(self, points: Array, part: str, k: int) -> Mask:
        """Return which points of member k's part are on this boundary and not also the first's."""
        kept = self._exposed(points, self._tolerance(None))
        if k == 1 and part in (*self.first.parts, BOUNDARY):
            kept &= ~self.first.on_part(points, part)
        return kept

    @property
    def _members(self) -> tuple[Shape, Shape]:
        return self.first, self.second

    def _owners(self, part: str) -> list[int]:
        """Return which members, 0 and 1, have the part."""
        return [k for k, own in enumerate(self._members) if part in (*own.parts, BOUNDARY)]

    def _normals(self, points: Array) -> Array:
        """Return the members' normals, as seen from inside this shape, (2, n, d)."""
        second = self.flip * self.second.inward_normal(points)
        return np.stack([self.first.inward_normal(points), second])

    def _exposed(self, points: Array, tolerance: float) -> Mask:
        """Return which points (n,) have both inside and outside of this shape next to them.

        The signed distance alone cannot tell: between two boxes that share a face it is zero.
        """
        near: Mask = np.abs(self.signed_distance(points)) <= tolerance
        step = 1e3 * self._tolerance(None) + 4 * tolerance
        first, second = self._normals(points)
        within, without = np.zeros_like(near), np.zeros_like(near)
        for direction in (first, second, first + second, first - second):
            for side in (step, -step):
                there = self.signed_distance(points + side * direction)
                within |= there < 0
                without |= there > tolerance / 2
        return near & within & without

    def _kept_pieces(self, part: str) -> list[Expr]:
        """Return the trimmed distance of each member's kept piece of a part."""
        keeping, length = self._keeping(), float(np.ptp(self.bounds, axis=1).max())
        owners = self._owners(part)
        return [trim(self._members[k]._trimmed(part), keeping[k], length) for k in owners]

    def _trimmed(self, part: str) -> Expr:
        return self.implicit() if part == BOUNDARY else conjunction(self._kept_pieces(part))
