"""Several methods tried for a while, the one with the smallest residual gone on with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
from residuum.fields import MLP, widened
from residuum.learning import flatten
from residuum.methods._kept_aside import KEPT, as_good, misfits, noisy, parted
from residuum.methods._pig import PIG
from residuum.methods._pinn import MOST_WEIGHTS, PINN, edge_points
from residuum.objectives import Collocation, Inferred, ResidualAdaptive, inferred
from residuum.problem import Observation, Problem, hard_conditions, scaling

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
FEW: tuple[Callable[[], Method], ...] = (lambda: PINN(MLP(6, 2)), lambda: PIG(count=50))
"""What is tried too where observations are noisy: fewer numbers follow less of the noise."""
ENOUGH = 50
"""Observations below which none can be spared to judge by."""
SOLVED = 1e-3
"""Residual of the equations, against the size of their terms, below which they are solved."""


@final
@dataclass
class _Trial:
    method: Method
    answer: Answer
    residual: float
    record: Record
    aside: np.ndarray

    @property
    def unfinished(self) -> bool:
        return self.answer.result is Result.OUT_OF_BUDGET and not self.exact

    @property
    def exact(self) -> bool:
        """Whether nothing is left to learn: not to be told where its residual knows no readings."""
        return self.residual < EXACT and not self.aside.size

    def grown(self, key: Key) -> _Trial | None:
        """Return the same network with more neurons, to be trained on more points."""
        method = self.method
        if not isinstance(method, PINN) or method.rule is not None or self.exact:
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
        return replace(self, method=more, answer=replace(self.answer, field=field))


@final
@dataclass(frozen=True)
class Portfolio(Method):
    """Try several methods for a while each, compare their residuals, go on with the best.

    A network that no longer learns while there is time is made wider and trained on more points, as
    long as that lowers its residual by a fifth.

    The residual is that of the equations and of all conditions and observations, each against the
    size of its terms, at points that no method was trained on. It ranks answers to one statement;
    it is no measure of the error.

    Where observations are noisy, answers with few numbers are tried too, and every fifth
    observation is kept aside. Of the answers that foretell those as well as any does and solve the
    equations, the one with the fewest numbers is taken: a smaller residual would follow the noise.
    It is fitted to all observations, unless the budget ends its training.

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
        known, aside = parted(problem)
        judged = noisy(problem) and sum(len(item.values) for item in aside) * KEPT >= ENOUGH
        posed = problem.replace(observations=known) if judged else problem
        run = _Run(posed, aside if judged else (), task)
        fitting = [item for item in self._all(judged) if item.refuse(posed) is None]
        share = min(TRIAL, self.trial * monitor.remaining)
        try:
            for i, method in enumerate(fitting):
                monitor.update(i / (len(fitting) + 1), f"trying {method.name}")
                if len(fitting) > 1:
                    run.try_out(method, trials, share)
                if monitor.spent or any(trial.exact for trial in trials):
                    break
            best = _best(trials) if trials else None
            if best is None or (best.unfinished and not monitor.spent):
                chosen = fitting[0] if best is None else best.method
                run.try_out(chosen, trials, monitor.remaining, best)
            if not judged:
                run.grow(trials)
            elif trials and not (best := _best(trials)).unfinished and not monitor.spent:
                # Only where training has ended: going on would follow the noise, unwatched.
                whole = replace(run, problem=problem, aside=())
                whole.try_out(best.method, trials, monitor.remaining, best)
        except KeyboardInterrupt:
            if not trials:
                raise
            return self._answer(trials, monitor, Result.INTERRUPTED)
        return self._answer(trials, monitor, None)

    def _all(self, judged: bool = False) -> tuple[Method, ...]:
        makers = (*FEW, *CANDIDATES) if judged else CANDIDATES
        return self.methods or tuple(make() for make in makers)

    def _answer(self, trials: list[_Trial], monitor: Monitor, result: Result | None) -> Answer:
        if not trials:
            raise FloatingPointError("no method gave an answer")
        best, record = _best(trials), monitor.record
        record.notes += [f"{best.method.name} {_reason(trials)}", *best.record.notes]
        record.history.update(best.record.history)
        record.evaluations.update(best.record.evaluations)
        record.unknowns = best.record.unknowns
        ended = Result.SUCCESSFUL if best.exact else best.answer.result
        return replace(best.answer, result=result or ended, certificate=Certificate())


@final
@dataclass(frozen=True)
class _Run:
    """One solve: the statement that is posed, and the observations that are kept from it."""

    problem: Problem
    aside: Sequence[Observation]
    task: Task

    def try_out(
        self, method: Method, trials: list[_Trial], seconds: float, before: _Trial | None = None
    ) -> None:
        """Run a method for some seconds, from where an earlier trial of it ended."""
        monitor, record = self.task.monitor, Record(method=str(method))
        budget = Budget(seconds, monitor.budget.memory_mb)
        part = Monitor(budget, record, monitor.listener)
        start = self.task.start if before is None else before.answer
        task = replace(self.task, tol=None, monitor=part, start=start)
        try:
            answer = method.run(self.problem, task)
        except (FloatingPointError, MemoryError) as error:
            monitor.record.notes.append(f"{method.name}: {error}")
            return
        finally:
            for phase, spent in record.seconds.items():
                monitor.record.seconds[phase] = monitor.record.seconds.get(phase, 0.0) + spent
        size = residual(self.problem, answer, observed=not self.aside)
        missed = misfits(self.problem, answer.field, self.aside)
        if not (math.isfinite(size) and np.isfinite(missed).all()):
            monitor.record.notes.append(f"{method.name}: its answer is not finite")
            return
        trials.append(_Trial(method, answer, size, record, missed))
        told = ""
        if missed.size:
            told = f" with {record.unknowns} numbers, {_spread(missed):.2f} of the noise kept aside"
        monitor.record.notes.append(
            f"{method.name}: residual {size:.1e}{told} after {part.elapsed:.0f} s"
        )
        if answer.result is Result.INTERRUPTED:
            raise KeyboardInterrupt  # the method kept its best; no other is to begin

    def grow(self, trials: list[_Trial]) -> None:
        """Go on with wider networks while there is time and they lower the residual."""
        while trials and not self.task.monitor.spent:
            best, count = _best(trials), len(trials)
            wide = best.grown(self.task.key)
            if wide is None:
                return
            self.try_out(wide.method, trials, self.task.monitor.remaining, wide)
            if len(trials) == count or trials[-1].residual > GAIN * best.residual:
                return


def _best(trials: list[_Trial]) -> _Trial:
    """Return the trial to be gone on with, or the one that was: the last, if it knew all."""
    judged = [trial for trial in trials if trial.aside.size]
    if not judged:
        return min(trials, key=lambda trial: trial.residual)
    if not trials[-1].aside.size:
        return trials[-1]
    good = [judged[k] for k in as_good([trial.aside for trial in judged])]
    solved = [trial for trial in good if trial.residual <= SOLVED]
    if solved:
        return min(solved, key=lambda trial: (trial.record.unknowns, trial.residual))
    return min(good, key=lambda trial: trial.residual)


def _reason(trials: list[_Trial]) -> str:
    """Return why the best was taken."""
    if not any(trial.aside.size for trial in trials):
        return "has the smallest residual"
    return (
        "was taken: of those that foretell the observations kept aside as well as any and solve "
        "the equations, the one with the fewest numbers"
    )


def _spread(missed: np.ndarray) -> float:
    return float(np.sqrt((missed**2).mean()))


def residual(problem: Problem, answer: Answer, observed: bool = True) -> float:
    """Return the residual of an answer against the size of its terms, conditions included.

    Infinite where the answer is not finite. Observations count if ``observed``.
    """
    sizes, soft = scaling(problem), hard_conditions(problem, False)
    design = Collocation(POINTS, edge_points(problem), weight=1.0)
    inside, around = design.build(problem, sizes, soft, 4099)
    numbers = inferred(problem, answer.parameters)
    total = 0.0
    for rows in (*inside, *around):
        if observed or rows.target is None:
            total += float(np.sum(np.asarray(rows.residual(answer.field, numbers.values())) ** 2))
    return math.sqrt(total) if math.isfinite(total) else math.inf
