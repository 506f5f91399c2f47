"""The residual of the equations together with what couples the pieces of a field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from residuum._core import Field, Key, Source
from residuum.fields import frame_of
from residuum.objectives._inferred import Inferred
from residuum.objectives._interfaces import Interfaces
from residuum.objectives._objective import Objective
from residuum.objectives._points import Points
from residuum.objectives._rows import Rows
from residuum.problem import Problem, Scaling


@dataclass(frozen=True)
class Coupled(Objective):
    """The residual at points, and rows on the edges between the patches of the field.

    Args:
        interfaces: what holds on the edges; its ``split`` is that of the field.
    """

    interfaces: Interfaces

    name: ClassVar[str] = "coupled"
    sources: ClassVar[tuple[Source, ...]] = Interfaces.sources

    def draw(
        self,
        problem: Problem,
        sizes: Scaling,
        points: Points,
        trained: tuple[Field, Inferred],
        key: Key,
        turn: int,
        before: Sequence[Rows] = (),
    ) -> tuple[Sequence[Rows], float]:
        rows, held = points.draw(problem, sizes, trained, key, turn, before[0] if before else None)
        edges = self.interfaces.rows(problem, sizes, frame_of(problem, sizes).periodic, key)
        values = trained[1].values()
        # Pieces that do not meet can each satisfy the equations: the jumps that the order of the
        # equations forbids are part of what is judged, whichever were asked for.
        judge = replace(self.interfaces, conditions=None)
        needed = judge.rows(problem, sizes, frame_of(problem, sizes).periodic, key)
        jumps = sum(float(np.sum(np.asarray(e.residual(trained[0], values)) ** 2)) for e in needed)
        weight = self.interfaces.weight
        return [rows, *edges], float(np.hypot(held, np.sqrt(jumps) / weight))
