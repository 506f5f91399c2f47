"""Where a picture cuts through a problem, and the values there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from residuum.problem._problem import Problem

CURVE, SIDE, FEWEST = 801, 201, 41
"""Points of a curve, and of the sides of a map: on average, and at least."""
FLATTEST = 8.0
"""A plane longer than this times its height is stretched: true to scale it would be a hair."""
SHARES = (0.5, 0.4, 0.6, 0.25, 0.75, 0.1, 0.9)
"""Where along the hidden space coordinates to cut: the first of them that meets the domain."""
RIM = 2.0
"""Points outside, in steps of the grid, that get the value of the nearest one inside."""


@final
@dataclass(frozen=True)
class Slice:
    """A line or plane of points through the domain.

    Args:
        problem: the statement.
        shown: the coordinates along the picture's axes, one or two.
        axes: the values of every coordinate, in their order; one value where it is fixed.
    """

    problem: Problem
    shown: tuple[str, ...]
    axes: dict[str, np.ndarray]

    @property
    def fixed(self) -> str:
        """The coordinates held at one value, in words."""
        others = (name for name in self.axes if name not in self.shown)
        return ", ".join(f"{name} = {self.axes[name][0]:.4g}" for name in others)

    @property
    def spatial(self) -> bool:
        """Whether the picture shows space alone."""
        time = self.problem.time
        return time is None or time.name not in self.shown

    @property
    def aspect(self) -> float | None:
        """Width over height of a plane drawn true to scale; ``None`` where it is stretched."""
        if not self.spatial or len(self.shown) < 2:
            return None
        width, height = (float(np.ptp(self.axes[name])) for name in self.shown)
        return width / height if 1 / FLATTEST <= width / height <= FLATTEST else None

    @property
    def lengths(self) -> tuple[int, ...]:
        """Number of points along the shown axes."""
        return tuple(len(self.axes[name]) for name in self.shown)

    @property
    def points(self) -> np.ndarray:
        """All points (n, d), columns in the order of the problem's coordinates."""
        grids = np.meshgrid(*self.axes.values(), indexing="ij")
        return np.stack([g.ravel() for g in grids], axis=1)

    @cached_property
    def distance(self) -> np.ndarray:
        """Signed distance to the boundary in space, negative inside, over the shown axes.

        Zero where the problem has no space.
        """
        shape = self.problem.shape
        if shape is None:
            return np.zeros(self.lengths)
        # Time is left out: at its end every point is on the boundary of space and time.
        columns = [list(self.axes).index(axis) for axis in shape.axes]
        found = np.asarray(shape.signed_distance(self.points[:, columns]), float)
        return found.reshape(self.lengths)

    @cached_property
    def inside(self) -> np.ndarray:
        """Whether each point is in the domain, over the shown axes."""
        bounds = np.asarray(self.problem.domain.bounds, float)
        mask: np.ndarray = self.distance <= 1e-9 * float(np.ptp(bounds, axis=1).max())
        return mask

    def values(self, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return values (*lengths, m) of a function of points (n, d), masked outside."""
        within = self.inside.ravel()
        found = np.full((within.size, len(self.problem.unknowns)), np.nan)
        if within.any():
            rows = np.asarray(function(self.points[within]), float)
            found[within] = rows.reshape(int(within.sum()), -1)
        return np.ma.masked_invalid(found.reshape(*self.lengths, -1))

    def rimmed(self, values: np.ndarray) -> np.ndarray:
        """Return masked values (*lengths,) carried a little outside, to be cut off smoothly."""
        from scipy.ndimage import distance_transform_edt  # 0.2 s

        empty = np.ma.getmaskarray(values)
        if not empty.any() or empty.all():
            return values
        far, nearest = distance_transform_edt(empty, return_indices=True)
        return np.ma.masked_where(far > RIM, np.ma.filled(values, 0.0)[tuple(nearest)])


def cut(problem: Problem) -> Slice:
    """Return the slice a picture shows: the end of time and, if it can, the middle of the rest."""
    names = [c.name for c in problem.coordinates]
    ends = dict(zip(problem.domain.axes, np.asarray(problem.domain.bounds, float), strict=True))
    shown = tuple(names if len(names) <= 2 else names[-2:])
    time = problem.time.name if problem.time is not None else None
    counts = _counts([float(np.ptp(ends[name])) for name in shown], spatial=time not in shown)
    place = Slice(problem, shown, {})
    for share in SHARES:
        axes = {}
        for name in names:
            low, high = ends[name]
            if name in shown:
                axes[name] = np.linspace(low, high, counts[shown.index(name)])
            else:
                axes[name] = np.array([high if name == time else low + share * (high - low)])
        place = Slice(problem, shown, axes)
        if place.inside.any():
            break
    return place


def _counts(lengths: list[float], *, spatial: bool) -> list[int]:
    """Return the points along each shown axis: even steps in a plane of space."""
    if len(lengths) == 1:
        return [CURVE]
    if not spatial:
        return [SIDE, SIDE]
    ratio = np.clip(lengths[0] / lengths[1], 1 / FLATTEST, FLATTEST)
    sides = (SIDE * np.sqrt(ratio), SIDE / np.sqrt(ratio))
    return [max(round(float(side)), FEWEST) for side in sides]
