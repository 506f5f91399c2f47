"""Slabs of time, one after the other, each solved by any method."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Answer, Certificate, Field, Method, OptionError, Result, Source, Task
from residuum.fields import AtTime, SlabField, TimeProducts
from residuum.methods._random_features import RandomFeatures
from residuum.methods._slab import Piece, ended, softened, solved
from residuum.problem import Problem, over, restarted, scaling
from residuum.problem._places import interior_points

ORDER = 4
"""The residual of a slab is taken to fall like this power of its length."""

LEAST_GAIN = 0.7
"""A shorter slab must lower the residual per length to this share, or shortening is given up."""

LOST, GROWTH = 0.3, 1e3
"""A slab whose residual is this share of its terms solved nothing; where it also left the answer
this many times larger than any slab before, it has blown up."""


def _features() -> Method:
    return RandomFeatures(TimeProducts(), scales=(1.0, 1.4, 2.0))


@final
@dataclass(frozen=True)
class TimeSlabs(Method):
    """Cut time into slabs; solve each by a method, from the state the one before it ended with.

    The initial condition of every slab is met exactly, so the answer is continuous in time. What a
    slab adds to the relative error is about its residual against the size of its terms, at points
    kept aside: with lengths chosen automatically, slabs are shortened or lengthened until that is
    its share of ``accuracy``.

    Args:
        method: solves a slab; features of space times polynomials of time if left out. Several,
            cheap ones first: where the residual of a slab is above its share, the next one solves
            it again.
        slabs: how many slabs of equal length; lengths by the residual kept aside if left out.
        accuracy: sum of the residuals of all slabs that is aimed at, with automatic lengths.
        shortest: least length of a slab, as a share of the interval.
        longest: greatest length.

    Good starting values: the defaults; more features of space where the answer has finer detail. It
    breaks where the method cannot follow a single short slab. Errors of early slabs are carried on.
    """

    method: Method | tuple[Method, ...] = field(default_factory=_features)
    slabs: int | None = None
    accuracy: float = 1e-4
    shortest: float = 1 / 256
    longest: float = 1 / 4

    name: ClassVar[str] = "time_slabs"
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
        if not self.methods or not all(isinstance(item, Method) for item in self.methods):
            raise OptionError("a method for the slabs", repr(self.method), "Give one.")
        if self.slabs is not None and not (isinstance(self.slabs, int) and self.slabs > 0):
            raise OptionError("one slab or more", repr(self.slabs), "Correct slabs.")
        if not 0 < self.shortest <= self.longest <= 1 or not self.accuracy > 0:
            wanted = "0 < shortest <= longest <= 1 and an accuracy above 0"
            raise OptionError(wanted, str(self), "Correct them.")

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods for a slab, cheap ones first."""
        return self.method if isinstance(self.method, tuple) else (self.method,)

    def refuse(self, problem: Problem) -> str | None:
        if problem.time is None:
            return "the problem has no time"
        begun = {c.unknown for c in problem.conditions if c.kind == "initial"}
        if not begun:
            return "the problem has no initial condition to march from"
        if problem.inferred or problem.closures or problem.observations:
            return "data and unknown numbers belong to all times at once, slabs come one by one"
        reasons = [method.refuse(problem) for method in self.methods]
        return next((reason for reason in reasons if reason), None)

    def run(self, problem: Problem, task: Task) -> Answer:
        march = March(self, problem, task)
        try:
            march.run()
        except KeyboardInterrupt:
            march.result = Result.INTERRUPTED
            if not march.pieces:
                raise
        return march.answer()


class March:
    """The slabs solved so far, and the next."""

    def __init__(self, options: TimeSlabs, problem: Problem, task: Task) -> None:
        assert problem.interval is not None
        self.options, self.problem, self.task = options, problem, task
        self.start, self.end = problem.interval
        self.pieces: list[Piece] = []
        self.result = Result.SUCCESSFUL
        self.state: Field | None = None
        self.tries, self.level, self.largest = 0, 0, 0.0

    @property
    def time(self) -> float:
        """How far time has come."""
        return self.pieces[-1].interval[1] if self.pieces else self.start

    def run(self) -> None:
        """Solve slab after slab, until the end or until the budget is spent."""
        total = self.end - self.start
        length = self.options.longest * total
        while self.end - self.time > 1e-9 * total and self.result is Result.SUCCESSFUL:
            if self.options.slabs:
                length = total / self.options.slabs
                piece: Piece | None = self._solve(length)
            else:
                piece, length = self._adapted(length)
            if piece is None or (self._blown(piece) and self.pieces):
                return
            self.pieces.append(piece)
            if self.time < self.end:
                self.state = ended(self.problem, piece.answer.field, self.time, self.end)
            self.task.monitor.update((self.time - self.start) / total, f"time {self.time:.4g}")

    def _blown(self, piece: Piece) -> bool:
        """Whether a slab blew up: waves of second order may be right where the residual is large,
        and growth may be right where it is small."""
        points = interior_points(self.problem, 256, 67)
        points[:, 0] = np.linspace(*piece.interval, len(points))
        found = np.abs(np.asarray(piece.answer.field(jnp.asarray(points)))).max()
        size = float(found / np.asarray(scaling(self.problem).magnitudes).max())
        before, self.largest = max(self.largest, 1.0), max(self.largest, size)
        if piece.held < LOST or size < GROWTH * before:
            return False
        self.result = Result.DIVERGED
        note = f"the slab from {piece.interval[0]:.4g} blew up to {size:.1e} of the answer's scale"
        self.task.monitor.record.notes.append(note)
        return True

    def _adapted(self, length: float) -> tuple[Piece | None, float]:
        """Solve a slab whose residual is its share of the accuracy; return the next length too."""
        total, best, gain = self.end - self.start, None, math.inf
        least = self.options.shortest * total
        while True:
            piece = self._solve(length)
            if piece is None:
                return best, length
            took = piece.interval[1] - piece.interval[0]
            ratio = piece.held / (self.options.accuracy * took / total)
            factor = min(max(0.9 * ratio ** (-1 / ORDER) if ratio > 0 else 2.0, 0.25), 2.0)
            if best is not None and ratio > LEAST_GAIN * gain:
                return best, best.interval[1] - best.interval[0]
            if ratio <= 1.0 or took <= least * (1 + 1e-9):
                return piece, min(max(took * factor, least), self.options.longest * total)
            best, gain = piece, ratio
            length = max(took * min(factor, 0.7), least)

    def _solve(self, length: float) -> Piece | None:
        """Solve the next slab, with its share of the time that is left."""
        monitor, left = self.task.monitor, self.end - self.time
        if monitor.spent and self.pieces:
            self.result = Result.OUT_OF_BUDGET
            return None
        if length > left / 2:  # no sliver is left for the last slab
            length = left if length > 0.999 * left else left / 2
        interval = (self.time, self.end if length == left else self.time + length)
        stretch, seconds = self._stretch(interval), monitor.remaining * length / left
        share = self.options.accuracy * length / (self.end - self.start)
        best: Piece | None = None
        try:
            for level in range(max(self.level - 1, 0), len(self.options.methods)):
                self.tries, self.level = self.tries + 1, level
                method = self.options.methods[level]
                piece = solved(method, stretch, self.task, seconds)
                if best is None or piece.held < best.held:
                    best = piece
                if best.held <= share or monitor.spent:
                    break
            return best
        except (FloatingPointError, MemoryError) as error:
            if not self.pieces:
                raise
            self.task.monitor.record.notes.append(f"slab at {self.time:.4g}: {error}")
            memory = isinstance(error, MemoryError)
            self.result = Result.OUT_OF_MEMORY if memory else Result.NOT_FINITE
            return None

    def _stretch(self, interval: tuple[float, float]) -> Problem:
        if self.state is not None:
            return restarted(self.problem, self.state, interval)
        first = self.problem.replace(domain=over(self.problem, interval))
        return softened(first)

    def answer(self) -> Answer:
        """Return the slabs as one field; where time was not reached the last state is held."""
        record = self.task.monitor.record
        knots = [self.start, *(piece.interval[1] for piece in self.pieces)]
        parts: list[Field] = [piece.answer.field for piece in self.pieces]
        if self.end - knots[-1] > 1e-9 * (self.end - self.start):
            record.notes.append(f"time {knots[-1]:.4g} was reached; the state there is held")
            parts.append(AtTime(parts[-1], np.asarray(knots[-1])))
            knots.append(self.end)
        knots[-1] = self.end
        record.history["slab ends"] = knots[1:]
        record.history["residual kept aside"] = [piece.held for piece in self.pieces]
        record.evaluations["slabs"] = len(self.pieces)
        record.evaluations["slabs tried"] = self.tries
        self._judge()
        return Answer(SlabField(np.array(knots), tuple(parts)), self.result, Certificate())

    def _judge(self) -> None:
        worst = max(self.pieces, key=lambda piece: piece.held)
        self.task.monitor.record.notes.append(
            f"{len(self.pieces)} slabs; largest residual kept aside {worst.held:.1e} of the terms, "
            f"in the slab from {worst.interval[0]:.4g}"
        )
        failed = [p for p in self.pieces if not p.answer.result.ok]
        if self.result is Result.SUCCESSFUL and failed:
            self.result = failed[0].answer.result
