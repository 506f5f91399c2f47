"""Collocation points added where the residual is largest."""

from __future__ import annotations

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
class WorstPoints(Points):
    """Uniform points to begin with; each round the worst of a fresh pool join them.

    Points are never given up until there are ``most`` of them; then the newest take the place of
    the oldest that were added. A place without a point yet has weight zero, so that every round has
    the same number of rows.

    Args:
        count: uniform points at the start, kept for ever.
        added: points added each round; few, so that they do not all sit in one peak.
        most: points at the end.
        pool: candidates drawn each round.
    """

    count: int = 1500
    added: int = 50
    most: int = 2500
    pool: int = 20000

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "residual-adaptive-refinement",
            "DeepXDE: A deep learning library for solving differential equations",
            "L. Lu, X. Meng, Z. Mao, G. E. Karniadakis",
            2021,
            "arXiv:1907.04502",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not (0 < self.count < self.most and 0 < self.added <= self.pool):
            raise OptionError("0 < count < most, 0 < added <= pool", repr(self), "Correct them.")
        if self.added > self.most - self.count:
            raise OptionError("room for the points added", repr(self), "Raise most.")

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Rows | None = None,
    ) -> tuple[Rows, float]:
        pool, squares = measured_pool(
            problem, sizes, trained, self.pool, generator(key, 6, turn + 1)
        )
        held = float(np.sqrt(squares.sum()))
        if before is None or before.points.shape[0] != self.most:
            # The places to come are marked by the first point of all, which counts once.
            points = pool[[*range(self.count), *[0] * (self.most - self.count)]]
        else:
            points = self._joined(np.asarray(before.points), pool, squares)
        return self._rows(problem, sizes, points), held

    def _joined(self, points: np.ndarray, pool: np.ndarray, squares: np.ndarray) -> np.ndarray:
        order = np.argsort(np.where(np.isfinite(squares), squares, -1.0), kind="stable")
        worst = pool[order[-self.added :]]
        # Newest first: what falls off the end is empty, or the oldest.
        later = points[self.count : self.most - self.added]
        joined: np.ndarray = np.concatenate([points[: self.count], worst, later])
        return joined

    def _rows(self, problem: Problem, sizes: Scaling, points: np.ndarray) -> Rows:
        empty = np.arange(self.most) >= self.count
        empty &= (points == points[0]).all(axis=1)
        used = self.most - int(empty.sum())
        weight = np.where(empty, 0.0, np.sqrt(self.most / used))
        return Collocation(self.most).equations(problem, sizes, points, weight)
