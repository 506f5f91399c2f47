"""Collocation points kept as long as their residual is above the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from residuum._core import Field, Key, OptionError, Source, generator
from residuum.objectives._collocation import Collocation
from residuum.objectives._inferred import Inferred
from residuum.objectives._points import Points, measured_pool, squares
from residuum.objectives._rows import Rows
from residuum.problem import Problem, Scaling


@dataclass(frozen=True)
class RetainedPoints(Points):
    """Retain, resample, release: points above the mean residual stay, fresh ones replace the rest.

    Points gather where the residual is large without a pool to search, and leave when it has
    fallen there; part of them is always fresh and uniform.

    Args:
        count: points kept.
        fresh: uniform points drawn each round, to replace and to measure.
    """

    count: int = 2500
    fresh: int = 5000

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "retain-resample-release",
            "Mitigating Propagation Failures in Physics-informed Neural Networks using "
            "Retain-Resample-Release (R3) Sampling",
            "A. Daw, J. Bu, S. Wang, P. Perdikaris, A. Karpatne",
            2023,
            "arXiv:2207.02338",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not 0 < self.count <= self.fresh:
            raise OptionError("0 < count <= fresh", repr(self), "Draw more fresh points.")

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Rows | None = None,
    ) -> tuple[Rows, float]:
        random = generator(key, 6, turn + 1)
        pool, measured = measured_pool(problem, sizes, trained, self.fresh, random)
        design, points = Collocation(self.count), pool[: self.count]
        if before is not None and before.points.shape[0] == self.count:
            old = np.asarray(before.points)
            sizes_of = np.sqrt(np.asarray(squares(design.equations(problem, sizes, old), *trained)))
            stay = sizes_of > sizes_of.mean()  # nothing stays where it is not finite
            points = np.concatenate([old[stay], pool[: self.count - int(stay.sum())]])
        return design.equations(problem, sizes, points), float(np.sqrt(measured.sum()))
