"""Domains that are drawn: holes that move, and star shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum._core import DomainError, Key, OptionError, generator
from residuum.geometry import Ball, Disc, Polygon, Shape
from residuum.problem._distribution import Distribution, Place

TRIES = 2000
"""Places tried for a hole before the whole draw is begun anew."""
ROUNDS = 20


@final
@dataclass(frozen=True)
class RandomHoles(Distribution):
    """The domain less discs (balls in three axes) that touch neither each other nor its boundary.

    Args:
        count: fewest and most holes, or their number.
        radius: smallest and largest radius, or the radius, in the unit of the coordinates.
        gap: least width of what is left between two holes, or a hole and the boundary.
        name: part name of the holes, for conditions on them; ``boundary`` holds them too.

    Raises:
        OptionError: a number is out of range.

    Good starting values: a gap of a tenth of the width: meshes grow with narrow gaps. ``draw``
    raises DomainError where there is no room for so many.
    """

    count: int | tuple[int, int] = (1, 3)
    radius: float | tuple[float, float] = (0.05, 0.1)
    gap: float = 0.05
    name: str = "hole"

    def __post_init__(self) -> None:
        (fewest, most), (small, large) = _range(self.count), _range(self.radius)
        if not (1 <= fewest <= most and 0 < small <= large and self.gap > 0):
            got = f"count {self.count}, radius {self.radius}, gap {self.gap}"
            raise OptionError("holes, radii and a gap above zero, low before high", got, "Correct.")

    def draw(self, place: Place, key: Key) -> Shape:
        """Return the domain of this key.

        Raises:
            DomainError: no room for the holes, or a domain of other than two or three axes.
        """
        shape = place.domain
        if shape.dimension not in (2, 3):
            got = f"{shape.dimension} axes"
            raise DomainError("a domain of two or three axes", got, "Draw intervals by parameters.")
        random = generator(key)
        for _ in range(ROUNDS):
            holes = self._holes(shape, random)
            if holes is not None:
                return self._cut(shape, holes)
        remedy = "Ask for fewer or smaller holes, or a narrower gap."
        raise DomainError(f"room for {self}", f"none found in {shape}", remedy)

    def _holes(
        self, shape: Shape, random: np.random.Generator
    ) -> list[tuple[np.ndarray, float]] | None:
        fewest, most = _range(self.count)
        low, high = shape.bounds.T
        found: list[tuple[np.ndarray, float]] = []
        for _ in range(int(random.integers(int(fewest), int(most) + 1))):
            radius = float(random.uniform(*_range(self.radius)))
            centres = random.uniform(low, high, (TRIES, shape.dimension))
            free = shape.signed_distance(centres) <= -(radius + self.gap)
            for centre, other in found:
                apart = np.linalg.norm(centres - centre, axis=1)
                free &= apart >= radius + other + self.gap
            if not free.any():
                return None
            found.append((centres[int(np.argmax(free))], radius))
        return found

    def _cut(self, shape: Shape, holes: list[tuple[np.ndarray, float]]) -> Shape:
        kind = Disc if shape.dimension == 2 else Ball
        for centre, radius in holes:
            at = tuple(float(c) for c in centre)
            shape = shape - kind(at, radius, axes=shape.axes, name=self.name)
        return shape


@final
@dataclass(frozen=True)
class StarShapes(Distribution):
    """Star-shaped polygons around the centre of the domain's box, which they touch or stay in.

    The radius over the angle is exp(Σ_k k^-decay (a_k cos kθ + b_k sin kθ)) with normal a_k, b_k of
    the deviation ``spread``, scaled so that the largest is ``size`` of the box's half width.

    Args:
        spread: deviation of the logarithm's first wave.
        waves: highest wave number.
        decay: how fast waves fall off.
        size: largest radius over half the smaller width of the box, at most one.
        corners: of the polygon.
        name: one part name for the whole outline; without it the parts are its edges.

    Raises:
        OptionError: a number is out of range.
    """

    spread: float = 0.25
    waves: int = 5
    decay: float = 1.5
    size: float = 0.9
    corners: int = 48
    name: str | None = "outline"

    def __post_init__(self) -> None:
        whole = self.waves >= 1 and self.corners >= max(8, 4 * self.waves)
        if not (whole and self.spread >= 0 and 0 < self.size <= 1 and math.isfinite(self.decay)):
            wanted = "a spread of zero or more, a size up to one, four corners or more per wave"
            raise OptionError(wanted, repr(self), "Correct them.")

    def draw(self, place: Place, key: Key) -> Shape:
        """Return the shape of this key.

        Raises:
            DomainError: the domain has other than two axes.
        """
        shape = place.domain
        if shape.dimension != 2:
            raise DomainError("a domain of two axes", f"{shape.dimension}", "Use RandomHoles.")
        angle = 2 * np.pi * np.arange(self.corners) / self.corners
        k = np.arange(1, self.waves + 1)
        a, b = generator(key).standard_normal((2, self.waves)) * self.spread * k**-self.decay
        phase = angle[:, None] * k
        log = np.cos(phase) @ a + np.sin(phase) @ b
        half = np.ptp(shape.bounds, axis=1).min() / 2
        radius = self.size * half * np.exp(log - log.max())
        corners = shape.bounds.mean(axis=1) + radius[:, None] * np.stack(
            [np.cos(angle), np.sin(angle)], axis=1
        )
        return Polygon(corners.tolist(), axes=shape.axes, name=self.name)


def _range(item: float | tuple[float, float]) -> tuple[float, float]:
    return item if isinstance(item, tuple) else (item, item)
