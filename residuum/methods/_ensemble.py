"""The same method from several random starts: the mean answer and how far the members lie apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import (
    Answer,
    Budget,
    Certificate,
    Method,
    Monitor,
    OptionError,
    Record,
    Result,
    Source,
    Task,
    generator,
)
from residuum.fields import MeanField
from residuum.methods._pinn import PINN
from residuum.problem import Problem


@dataclass(frozen=True)
class Ensemble(Method):
    """Run a method several times with other keys; answer with the mean.

    ``answer.field.spread(points)`` is the deviation over the members. It shows where random starts
    disagree; it is no bound, and no certificate is made from it, because an error that all members
    share does not show.

    Args:
        method: any method whose answer depends on the key; ``PINN`` if left out.
        members: how many; each gets an equal share of the time that is left.

    Good starting values: 5 members. It breaks on methods that do not depend on the key, whose
    members are all equal.
    """

    method: Method | None = None
    members: int = 5

    name: ClassVar[str] = "ensemble"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "deep-ensembles",
            "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles",
            "B. Lakshminarayanan, A. Pritzel, C. Blundell",
            2017,
            "arXiv:1612.01474",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.method is not None and not isinstance(self.method, Method):
            raise OptionError("a method", repr(self.method), "Pass PINN(), say.")
        if isinstance(self.members, bool) or self.members < 2:
            raise OptionError("two members or more", repr(self.members), "One needs no ensemble.")

    @property
    def _member(self) -> Method:
        return self.method or PINN()

    def refuse(self, problem: Problem) -> str | None:
        return self._member.refuse(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        found: list[Answer] = []
        points = self._points(problem)
        for i in range(self.members):
            key = int(generator(task.key, 8, i).integers(1 << 31))
            part = self._monitor(task.monitor, i)
            try:
                answer = self._member.run(problem, replace(task, key=key, monitor=part))
            except KeyboardInterrupt:
                if not found:
                    raise
                found[-1].result = Result.INTERRUPTED
                break
            self._note(task.monitor.record, part.record, i)
            if np.isfinite(np.asarray(answer.field(points))).all():
                found.append(answer)
            if task.monitor.spent or answer.result is Result.INTERRUPTED:
                break
        if not found:
            raise FloatingPointError("no member has a finite answer")
        return self._joined(found, points, task.monitor.record)

    def _points(self, problem: Problem) -> Array:
        drawn = np.asarray(problem.domain.sample(500, key=29))
        columns = [problem.domain.axes.index(c.name) for c in problem.coordinates]
        return jnp.asarray(drawn[:, columns])

    def _monitor(self, monitor: Monitor, i: int) -> Monitor:
        """Return the monitor of a member: its share of the time, a record of its own."""
        left = self.members - i
        seconds = monitor.elapsed + max(monitor.remaining, 1e-3) / left
        listener = monitor.listener

        def listen(fraction: float, message: str) -> None:
            if listener is not None:
                share = (i + fraction) / self.members
                listener(share, f"member {i + 1} of {self.members}: {message}")

        budget = Budget(seconds, monitor.budget.memory_mb)
        return replace(monitor, budget=budget, record=Record(), listener=listen)

    def _note(self, record: Record, part: Record, i: int) -> None:
        """Keep what a member's record says."""
        for name, seconds in part.seconds.items():
            record.seconds[name] = record.seconds.get(name, 0.0) + seconds
        for name, count in part.evaluations.items():
            record.evaluations[name] = record.evaluations.get(name, 0) + count
        for name, values in part.history.items():
            record.history[f"{name}, member {i + 1}"] = values
        record.unknowns += part.unknowns
        record.notes += [f"member {i + 1}: {note}" for note in part.notes]

    def _joined(self, found: list[Answer], points: Array, record: Record) -> Answer:
        field = MeanField(tuple(answer.field for answer in found))
        size = float(np.sqrt(np.mean(np.asarray(field(points)) ** 2)))
        apart = float(np.sqrt(np.mean(field.spread(points) ** 2)))
        record.notes.append(
            f"{len(found)} of {self.members} members; they lie {apart / max(size, 1e-300):.1e} of "
            "the answer apart, which is an indication and no bound"
        )
        names = found[0].parameters
        values = {name: [answer.parameters[name] for answer in found] for name in names}
        for name, every in values.items():
            record.notes.append(f"{name}: deviation {np.std(every):.1e} over the members")
        bad = [a.result for a in found if a.result is not Result.SUCCESSFUL]
        last = found[-1].result
        result = last if last is Result.INTERRUPTED or not bad else bad[0]
        means = {name: float(np.mean(every)) for name, every in values.items()}
        return Answer(field, result, Certificate(), means)
