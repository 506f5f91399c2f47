"""Uniform cells of a box."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from residuum._core import OptionError

INSIDE = {1: 16, 2: 6}
"""Points per cell and axis at which initial data are averaged: jumps may cut a cell anywhere."""


@final
@dataclass(frozen=True)
class Cells:
    """A box cut into equal cells.

    Args:
        low, high: ends of every axis.
        counts: cells along every axis.
        periodic: whether the two ends of an axis are one face.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    counts: tuple[int, ...]
    periodic: tuple[bool, ...]

    @property
    def dimension(self) -> int:
        """Number of axes."""
        return len(self.counts)

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.counts)

    @property
    def widths(self) -> tuple[float, ...]:
        """Width of a cell along every axis."""
        ends = zip(self.low, self.high, self.counts, strict=True)
        return tuple((b - a) / n for a, b, n in ends)

    def line(self, axis: int, shares: np.ndarray) -> np.ndarray:
        """Return places along an axis, ``shares`` of a width behind the start of every cell."""
        found: np.ndarray = (np.arange(self.counts[axis])[:, None] + shares).ravel()
        return self.low[axis] + self.widths[axis] * found

    @cached_property
    def centres(self) -> np.ndarray:
        """Centres of the cells, (size, d)."""
        return self._points([self.line(k, np.array([0.5])) for k in range(self.dimension)])

    def faces(self, axis: int) -> np.ndarray:
        """Return the middles of all faces across an axis, both ends included."""
        lines = [self.line(k, np.array([0.5])) for k in range(self.dimension)]
        count = self.counts[axis] + 1
        lines[axis] = np.linspace(self.low[axis], self.high[axis], count)
        return self._points(lines)

    def side(self, axis: int, *, upper: bool) -> np.ndarray:
        """Return the middles of the faces of one side of the box."""
        lines = [self.line(k, np.array([0.5])) for k in range(self.dimension)]
        lines[axis] = np.array([self.high[axis] if upper else self.low[axis]])
        return self._points(lines)

    def inner(self) -> np.ndarray:
        """Return points spread evenly inside every cell, cell by cell: see ``averaged``."""
        n = INSIDE[self.dimension]
        shares = (np.arange(n) + 0.5) / n
        return self._points([self.line(k, shares) for k in range(self.dimension)])

    def averaged(self, values: np.ndarray) -> np.ndarray:
        """Return means over cells of values at ``inner()``."""
        n = INSIDE[self.dimension]
        shape = [length for count in self.counts for length in (count, n)]
        split = np.reshape(values, shape)
        return np.asarray(split.mean(axis=tuple(range(1, 2 * self.dimension, 2))))

    @staticmethod
    def _points(lines: list[np.ndarray]) -> np.ndarray:
        return np.stack([g.ravel() for g in np.meshgrid(*lines, indexing="ij")], axis=1)


def cells_of(problem: Any, counts: int | tuple[int, ...]) -> Cells:
    """Return the cells of a problem on a box.

    Args:
        problem: posed on a box in space.
        counts: cells along every axis, or along the longest one; the others follow its width.

    Raises:
        OptionError: not one count per axis, or fewer than four.
    """
    bounds = dict(zip(problem.shape.axes, problem.shape.bounds, strict=True))
    names = [c.name for c in problem.space]
    low, high = (tuple(float(bounds[n][end]) for n in names) for end in (0, 1))
    sides = [b - a for a, b in zip(low, high, strict=True)]
    if isinstance(counts, int):
        found = tuple(max(4, round(counts * side / max(sides))) for side in sides)
    else:
        found = tuple(counts)
    if len(found) != len(names) or min(found) < 4:
        wanted = f"four cells or more along each of {', '.join(names)}"
        raise OptionError(wanted, str(counts), "Give one number, or one per axis.")
    around = problem.periodic_axes(problem.unknowns[0])
    return Cells(low, high, found, tuple(n in around for n in names))
