"""The protocol of what is minimised inside the domain, and the residual of the equations itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from residuum._core import Field, Key, Source
from residuum.objectives._inferred import Inferred
from residuum.objectives._points import Points
from residuum.objectives._rows import Rows
from residuum.problem import Problem, Scaling


class Objective(ABC):
    """What is minimised inside. Final subclasses are frozen dataclasses of their options.

    Conditions and observations are not its business: the method adds their rows.
    """

    name: ClassVar[str]
    sources: ClassVar[tuple[Source, ...]] = ()

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem has no such objective, or ``None``."""
        return None

    @abstractmethod
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
        """Return fresh rows, and their root mean square at points never trained on.

        Args:
            problem: the statement.
            sizes: its scales.
            points: where the equations are asked for, as chosen by the user.
            trained: the field and the inferred parameters as they stand.
            key: source of randomness.
            turn: number of the round; -1 for the judgement after the training.
            before: the rows of this objective in the round before; empty at the first.
        """


@dataclass(frozen=True)
class StrongResidual(Objective):
    """The residual of the equations, point by point."""

    name: ClassVar[str] = "strong_residual"

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
        last = before[0] if before else None
        rows, held = points.draw(problem, sizes, trained, key, turn, last)
        return [rows], held
