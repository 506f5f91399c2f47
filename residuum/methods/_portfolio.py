"""Several methods tried for a while, the one with the smallest residual gone on with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np

from residuum._core import (
    Answer,
    Budget,
    Certificate,
    Key,
    Method,
    Monitor,
    OptionError,
    Record,
    Result,
    Source,
    Task,
)
from residuum.fields import widened
from residuum.learning import flatten
from residuum.methods._pig import PIG
from residuum.methods._pinn import MOST_WEIGHTS, PINN, edge_points
from residuum.objectives import Collocation, Inferred, ResidualAdaptive, inferred
from residuum.problem import Problem, hard_conditions, scaling

TRIAL = 30.0
"""Most seconds of a trial."""
EXACT = 1e-12
"""Residual below which nothing but rounding is left to be learned."""
POINTS = 2000
"""Points at which residuals are compared; no method was trained on them."""
GROWTH, GAIN = 1.5, 0.8
"""How much wider a network becomes that no longer learns, and the share of its residual to which
that must bring it down for the next widening."""

NOTHING = Inferred({}, (), ())

CANDIDATES: tuple[Callable[[], Method], ...] = (PINN, PIG)
"""What is tried by default, where it fits."""


@final
@dataclass
class _Trial:
    method: Method
    answer: Answer
    residual: float
    record: Record

    @property
    def unfinished(self) -> bool:
        return self.answer.result is Result.OUT_OF_BUDGET and self.residual >= EXACT

    def grown(self, key: Key) -> _Trial | None:
        """Return the same network with more neurons, to be trained on more points."""
        method = self.method
        if not isinstance(method, PINN) or method.rule is not None or self.residual < EXACT:
            return None
        points = method.points or ResidualAdaptive()
        if not isinstance(points, ResidualAdaptive):
            return None
        width = getattr(self.answer.field, "head", np.zeros(1)).shape[0] - 1
        field = widened(self.answer.field, math.ceil(GROWTH * width), key)
        if field is None or flatten((field, NOTHING)).vector.size > MOST_WEIGHTS:
            return None
        count, pool = (math.ceil(GROWTH * n) for n in (points.count, points.pool))
        more = replace(method, points=replace(points, count=count, pool=pool))
        return _Trial(more, replace(self.answer, field=field), self.residual, self.record)


@final
@dataclass(frozen=True)
class Portfolio(Method):
    """Try several methods for a while each, compare their residuals, go on with the best.

    A network that no longer learns while there is time is made wider and trained on more points, as
    long as that lowers its residual by a fifth.

    The residual is that of the equations and of all conditions and observations, each against the
    size of its terms, at points that no method was trained on. It ranks answers to one statement;
    it is no measure of the error.

    Args:
        methods: what is tried; every learned method that fits if left out.
        trial: share of the budget of each trial, half a minute at most.

    Good starting values: the defaults. It breaks where the residual says little about the error, as
    in transport over many lengths, and where half a minute shows nothing of what a method can do.
    """

    methods: tuple[Method, ...] | None = None
    trial: float = 0.15

    name: ClassVar[str] = "portfolio"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "algorithm-portfolios",
            "The Algorithm Selection Problem",
            "J. R. Rice",
            1976,
            "doi:10.1016/S0065-2458(08)60520-3",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        known = self.methods is None or (
            len(self.methods) > 0 and all(isinstance(item, Method) for item in self.methods)
        )
        if not known:
            raise OptionError("methods to try", repr(self.methods), "Give methods=(rs.PINN(),).")
        if not 0 < self.trial <= 1:
            raise OptionError("a share between 0 and 1", repr(self.trial), "Give 0.15, say.")

    def refuse(self, problem: Problem) -> str | None:
        reasons = [(item.name, item.refuse(problem)) for item in self._all()]
        if any(reason is None for _, reason in reasons):
            return None
        return "; ".join(f"{name}: {reason}" for name, reason in reasons)

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        monitor, trials = task.monitor, list[_Trial]()
        fitting = [item for item in self._all() if item.refuse(problem) is None]
        share = min(TRIAL, self.trial * monitor.remaining)
        try:
            for i, method in enumerate(fitting):
                monitor.update(i / (len(fitting) + 1), f"trying {method.name}")
                if len(fitting) > 1:
                    self._try(problem, method, task, trials, share)
                if monitor.spent or any(trial.residual < EXACT for trial in trials):
                    break
            best = min(trials, key=lambda trial: trial.residual, default=None)
            if best is None or (best.unfinished and not monitor.spent):
                chosen = fitting[0] if best is None else best.method
                self._try(problem, chosen, task, trials, monitor.remaining, best)
            self._grow(problem, task, trials)
        except KeyboardInterrupt:
            if not trials:
                raise
            return self._answer(trials, monitor, Result.INTERRUPTED)
        return self._answer(trials, monitor, None)

    def _all(self) -> tuple[Method, ...]:
        return self.methods or tuple(make() for make in CANDIDATES)

    def _try(
        self,
        problem: Problem,
        method: Method,
        task: Task,
        trials: list[_Trial],
        seconds: float,
        before: _Trial | None = None,
    ) -> None:
        """Run a method for some seconds, from where an earlier trial of it ended."""
        monitor, record = task.monitor, Record(method=str(method))
        budget = Budget(seconds, monitor.budget.memory_mb)
        part = Monitor(budget, record, monitor.listener)
        start = task.start if before is None else before.answer
        try:
            answer = method.run(problem, replace(task, tol=None, monitor=part, start=start))
        except (FloatingPointError, MemoryError) as error:
            monitor.record.notes.append(f"{method.name}: {error}")
            return
        finally:
            for phase, spent in record.seconds.items():
                monitor.record.seconds[phase] = monitor.record.seconds.get(phase, 0.0) + spent
        size = residual(problem, answer)
        trials.append(_Trial(method, answer, size, record))
        monitor.record.notes.append(
            f"{method.name}: residual {size:.1e} after {part.elapsed:.0f} s"
        )

    def _grow(self, problem: Problem, task: Task, trials: list[_Trial]) -> None:
        """Go on with wider networks while there is time and they lower the residual."""
        while trials and not task.monitor.spent:
            best, count = min(trials, key=lambda trial: trial.residual), len(trials)
            wide = best.grown(task.key)
            if wide is None:
                return
            self._try(problem, wide.method, task, trials, task.monitor.remaining, wide)
            if len(trials) == count or trials[-1].residual > GAIN * best.residual:
                return

    def _answer(self, trials: list[_Trial], monitor: Monitor, result: Result | None) -> Answer:
        if not trials:
            raise FloatingPointError("no method gave an answer")
        best, record = min(trials, key=lambda trial: trial.residual), monitor.record
        record.notes += [f"{best.method.name} has the smallest residual", *best.record.notes]
        record.history.update(best.record.history)
        record.evaluations.update(best.record.evaluations)
        record.unknowns = best.record.unknowns
        ended = Result.SUCCESSFUL if best.residual < EXACT else best.answer.result
        return replace(best.answer, result=result or ended, certificate=Certificate())


def residual(problem: Problem, answer: Answer) -> float:
    """Return the residual of an answer against the size of its terms, conditions included.

    Infinite where the answer is not finite.
    """
    sizes, soft = scaling(problem), hard_conditions(problem, False)
    design = Collocation(POINTS, edge_points(problem), weight=1.0)
    inside, around = design.build(problem, sizes, soft, 4099)
    numbers = inferred(problem, answer.parameters)
    total = 0.0
    for rows in (*inside, *around):
        total += float(np.sum(np.asarray(rows.residual(answer.field, numbers.values())) ** 2))
    return math.sqrt(total) if math.isfinite(total) else math.inf
