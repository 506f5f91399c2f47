"""From an easy problem to a hard one: each answer is the start of the next."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import ClassVar, final

from residuum._core import (
    Answer,
    Budget,
    Method,
    Monitor,
    OptionError,
    Result,
    Source,
    Task,
)
from residuum.methods._pinn import PINN
from residuum.problem import Problem

BROKEN = (Result.NOT_FINITE, Result.DIVERGED, Result.OUT_OF_MEMORY)


def chained(method: Method, problems: list[tuple[str, Problem, float]], task: Task) -> Answer:
    """Solve problems one after the other, each from the answer before; return the last answer.

    Args:
        method: goes on from ``Task.start`` where it can.
        problems: label, problem and share of the time that is left, in order. The last one is what
            was asked for: an answer to an earlier one is returned only if nothing else is there.
        task: as for any method.
    """
    monitor, answer = task.monitor, task.start
    note, reached = monitor.record.notes.append, ""
    for i, (label, problem, share) in enumerate(problems):
        if monitor.spent and answer is not None:
            note(f"the budget was spent after {reached}")
            return dataclasses.replace(answer, result=Result.OUT_OF_BUDGET)
        monitor.update(i / len(problems), label)
        seconds = monitor.remaining * share
        budget = Budget(max(seconds, 1e-3), monitor.budget.memory_mb)
        inner = Monitor(budget, monitor.record, monitor.listener)
        try:
            found = method.run(problem, dataclasses.replace(task, monitor=inner, start=answer))
        except KeyboardInterrupt:
            if answer is None:
                raise
            note(f"interrupted after {reached}")
            return dataclasses.replace(answer, result=Result.INTERRUPTED)
        if found.result in BROKEN and answer is not None:
            note(f"{label} failed: {found.result.value}; the answer to {reached} is kept")
            return dataclasses.replace(answer, result=found.result)
        answer, reached = found, label
        if found.result is Result.INTERRUPTED and i + 1 < len(problems):
            return found
    assert answer is not None
    note("curriculum: " + " → ".join(label for label, _, _ in problems))
    return answer


@final
@dataclass(frozen=True)
class Curriculum(Method):
    """Solve the problem for a row of values of one of its numbers, easy ones first.

    Every answer is where the next training starts. After the values the problem itself is solved,
    so they end before the value that is asked for.

    Args:
        parameter: name of a number of the statement, such as ``"Re"``.
        values: its values on the way, such as ``(100, 400, 1000)``.
        method: goes on from an earlier answer, as ``PINN`` does.
        last: share of the time left, after the values, for the problem itself.

    Good where the hard problem is far from any start: large Reynolds numbers, small diffusion. It
    breaks where the answer jumps between two values.
    """

    parameter: str
    values: tuple[float, ...]
    method: Method = field(default_factory=PINN)
    last: float = 0.5

    name: ClassVar[str] = "curriculum"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "pinn-failure-modes",
            "Characterizing possible failure modes in physics-informed neural networks",
            "A. S. Krishnapriyan, A. Gholami, S. Zhe, R. M. Kirby, M. W. Mahoney",
            2021,
            "arXiv:2109.01050",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        numbers = [isinstance(v, int | float) and math.isfinite(v) for v in self.values]
        if not numbers or not all(numbers) or not 0 < self.last < 1:
            wanted = "finite values on the way, and a last share between 0 and 1"
            raise OptionError(wanted, f"{self.values}, {self.last}", "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        names = [p.name for p in problem.parameters if p not in problem.inferred]
        if self.parameter not in names:
            return f"the statement has no known number {self.parameter!r}, only {names}"
        return self.method.refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        steps, n = [], len(self.values)
        for i, value in enumerate(self.values):
            # Equal times for the values, of what the problem itself leaves them.
            left = 1 - (1 - self.last) * i / n
            share = (1 - self.last) / n / left
            easier = problem.replace(given={self.parameter: value})
            steps.append((f"{self.parameter} = {value:g}", easier, share))
        return chained(self.method, [*steps, ("the problem itself", problem, 1.0)], task)
