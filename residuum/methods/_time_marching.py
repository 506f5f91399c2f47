"""One network on an interval of time that grows."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass, field
from typing import ClassVar, final

from residuum._core import Answer, Method, OptionError, Result, Source, Task
from residuum.methods._curriculum import chained
from residuum.methods._pinn import PINN
from residuum.problem import Problem, hard_conditions, over, scaling


@final
@dataclass(frozen=True)
class TimeMarching(Method):
    """Train one network on an interval of time that grows, each time from the weights before.

    Args:
        method: goes on from an earlier answer, as ``PINN`` does.
        shares: lengths of the intervals before the whole one, as shares of it, increasing.

    Good where a network on the whole interval settles on an answer that forgets its start. It
    breaks on long intervals, which one network cannot hold: take ``TimeSlabs`` there.
    """

    method: Method = field(default_factory=PINN)
    shares: tuple[float, ...] = (0.25, 0.5, 0.75)

    name: ClassVar[str] = "time_marching"
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
        ends = (0.0, *self.shares, 1.0)
        if len(ends) < 3 or not all(a < b for a, b in itertools.pairwise(ends)):
            wanted = "increasing shares between 0 and 1"
            raise OptionError(wanted, repr(self.shares), "Correct them.")

    def refuse(self, problem: Problem) -> str | None:
        if problem.interval is None:
            return "the problem has no time"
        if problem.observations:
            return "observations belong to the whole interval"
        return self.method.refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        assert problem.interval is not None
        low, high = problem.interval
        if isinstance(self.method, PINN) and task.start is None:
            # The network is made for the whole interval: shorter ones are parts of its range.
            task = dataclasses.replace(task, start=self._untrained(self.method, problem, task))
        ends = [low + share * (high - low) for share in self.shares]
        steps = []
        for i, end in enumerate(ends):
            shorter = problem.replace(domain=over(problem, (low, end)))
            steps.append((f"time to {end:.4g}", shorter, 1 / (len(ends) + 1 - i)))
        return chained(self.method, [*steps, ("the whole interval", problem, 1.0)], task)

    @staticmethod
    def _untrained(method: PINN, problem: Problem, task: Task) -> Answer:
        sizes, hard = scaling(problem), hard_conditions(problem, method.hard)
        found, _ = method.start(problem, sizes, hard, task)
        return Answer(found, Result.SUCCESSFUL)
