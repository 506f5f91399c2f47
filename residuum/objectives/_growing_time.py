"""Collocation points in a window of time that grows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Field, Key, OptionError, Source, generator
from residuum.objectives._collocation import Collocation
from residuum.objectives._inferred import Inferred
from residuum.objectives._points import Points, measured_pool
from residuum.objectives._rows import Rows
from residuum.problem import Problem, Scaling


@dataclass(frozen=True)
class GrowingTime(Points):
    """Uniform points up to a time that moves on when the residual before it is small.

    The interval is cut into windows; points come from the first k of them. k grows by one when the
    residual of fresh points in them falls below ``enough``, and every ``patience`` rounds at the
    latest. What is told as residual is that of the whole interval, so a network that has only
    learned the first windows is never called good.

    Args:
        count: points each round.
        windows: how many windows; 5 is a good start.
        enough: residual, against the size of the terms, at which the next window opens.
        patience: most rounds per window. Rules stop where ten rounds bring nothing, so windows
            times patience should not be much more.
        pool: points at which the residual is measured each round.

    Needs a problem in time; on others the points are uniform. It breaks where the end of time is
    given as data.
    """

    count: int = 2500
    windows: int = 5
    enough: float = 1e-2
    patience: int = 2
    pool: int = 5000

    name: ClassVar[str] = "growing_time"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "time-marching",
            "Solving Allen-Cahn and Cahn-Hilliard equations using the adaptive physics informed "
            "neural networks",
            "C. L. Wight, J. Zhao",
            2020,
            "arXiv:2007.04542",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        whole = (self.count, self.windows, self.patience, self.pool)
        if min(whole) < 1 or not self.enough > 0:
            wanted = "counts, windows and patience of at least 1, enough above 0"
            raise OptionError(wanted, repr(self), "Correct them.")

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Rows | None = None,
    ) -> tuple[Rows, float]:
        random = generator(key, 7, turn + 1)
        pool, squares = measured_pool(problem, sizes, trained, self.pool, random)
        held = float(np.sqrt(squares.sum()))
        opened = self._opened(problem, turn, before, pool, squares)

        points = self._points(problem, opened, random)
        return Collocation(self.count).equations(problem, sizes, points), held

    def _opened(
        self,
        problem: Problem,
        turn: int,
        before: Rows | None,
        pool: np.ndarray,
        squares: np.ndarray,
    ) -> int:
        """Return how many windows are open."""
        if problem.interval is None or turn < 0:
            return self.windows
        low, high = problem.interval
        opened = 1
        if before is not None:
            # The rows of the round before tell how far they went: no state is kept elsewhere.
            reach = (float(np.max(np.asarray(before.points)[:, 0])) - low) / (high - low)
            opened = max(1, math.ceil(reach * self.windows - 1e-9))
            inside = pool[:, 0] <= low + (high - low) * opened / self.windows
            mean = float(squares[inside].sum()) * len(pool) / max(int(inside.sum()), 1)
            opened += int(math.isfinite(mean) and math.sqrt(mean) < self.enough)
        return min(max(opened, 1 + turn // self.patience), self.windows)

    def _points(self, problem: Problem, opened: int, random: np.random.Generator) -> np.ndarray:
        shares = random.uniform(0, opened / self.windows, self.count)
        seed = int(random.integers(1 << 31))
        found: np.ndarray = problem.domain.sample(self.count, key=seed)
        found = found[:, [problem.domain.axes.index(c.name) for c in problem.coordinates]]
        if problem.interval is not None:
            low, high = problem.interval
            # One point at the end of the last open window says how far the round went.
            shares[0] = opened / self.windows
            found[:, 0] = low + (high - low) * shares
        return found
