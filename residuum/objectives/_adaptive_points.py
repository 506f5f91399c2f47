"""Collocation points drawn where the residual is large."""

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
class ResidualAdaptive(Points):
    """Points drawn from a uniform pool with probability ∝ |r|^power / mean|r|^power + floor.

    The pool is drawn anew each round, so its mean residual is also an honest measure of progress:
    no point in it was trained on.

    Args:
        count: points kept.
        pool: candidates drawn each round.
        power: how strongly points follow the residual; 0 for uniform points. 1 is a good start.
        floor: share of uniform points; 1 is a good start.
    """

    count: int = 2500
    pool: int = 20000
    power: float = 1.0
    floor: float = 1.0

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "residual-adaptive-distribution",
            "A comprehensive study of non-adaptive and residual-based adaptive sampling for "
            "physics-informed neural networks",
            "C. Wu, M. Zhu, Q. Tan, Y. Kartha, L. Lu",
            2023,
            "doi:10.1016/j.cma.2022.115671",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not 0 < self.count <= self.pool:
            raise OptionError(
                "0 < count <= pool", f"{self.count}, {self.pool}", "Enlarge the pool."
            )
        if self.power < 0 or self.floor < 0 or self.power + self.floor == 0:
            raise OptionError(
                "power and floor of zero or more", f"{self.power}, {self.floor}", "Correct them."
            )

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Rows | None = None,
    ) -> tuple[Rows, float]:
        random = generator(key, 5, turn + 1)
        pool, squares = measured_pool(problem, sizes, trained, self.pool, random)
        held = float(np.sqrt(squares.sum()))
        size = squares ** (self.power / 2)
        mean = size.mean()
        known = bool(np.isfinite(mean) and mean > 0)
        weight = (size / mean if known else np.ones(self.pool)) + self.floor
        chosen = random.choice(self.pool, self.count, replace=False, p=weight / weight.sum())
        return Collocation(self.count).equations(problem, sizes, pool[chosen]), held
