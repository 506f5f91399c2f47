"""Integration in time: ordinary and differential-algebraic equations with events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    Method,
    OptionError,
    Result,
    Source,
    Task,
    double_precision,
)
from residuum.discretise.ode import (
    EXPLICIT,
    SCOUT,
    Comparison,
    Event,
    Evolution,
    Limits,
    Marcher,
    Orbit,
    StiffMarcher,
    Traveller,
    Watchers,
    compare,
    consistent,
    explore,
    field_of,
    plainly_regular,
    refuse_index,
    refuse_statement,
    typical,
)
from residuum.discretise.spectral import GridField, refuse_parts
from residuum.problem import Problem

LEVELS = 6
FINEST = 1e-13
"""Local tolerance below which rounding decides."""
FINER = 1 / 30
"""Tolerance of a level as a share of the one before."""
MORE = 1.25
"""Least number of steps of a level over that of the one before: of order eight, a tolerance of a
thirtieth takes 1.5 times as many."""
STOP = 0.5
"""Levels whose distance does not fall to this share of the one before, twice running, no longer
converge. Once may be chance: one stiff jump that is met late decides the distance."""

TSITOURAS = Source(
    "tsit5",
    "Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying assumption",
    "Ch. Tsitouras",
    2011,
    "doi:10.1016/j.camwa.2011.06.002",
    "verified",
)
PRINCE = Source(
    "dopri8",
    "High order embedded Runge-Kutta formulae",
    "P. J. Prince, J. R. Dormand",
    1981,
    "doi:10.1016/0771-050X(81)90010-3",
    "verified",
)
RADAU = Source(
    "radau",
    "Stiff differential equations solved by Radau methods",
    "E. Hairer, G. Wanner",
    1999,
    "doi:10.1016/S0377-0427(99)00134-X",
    "verified",
)
KIDGER = Source(
    "neural-differential-equations-thesis",
    "On Neural Differential Equations",
    "P. Kidger",
    2021,
    "arXiv:2202.02435",
    "verified",
)


@final
@dataclass(frozen=True)
class TimeIntegration(Method):
    """Runge–Kutta steps with error control for problems without space: explicit, or implicit if
    stiff.

    Systems of order one and two in time, linear in the highest derivatives, with unknowns that
    have no time derivative at all (index one): those are solved for by Newton's method inside
    every evaluation. Tolerances are tightened until two integrations agree to ``tol``, by default
    1e-6; the distance of the two is the certificate's estimate. Where a finer tolerance takes no
    shorter steps, they are halved: the same steps would agree whatever they miss.

    Args:
        stiff: whether to take implicit steps; found from a coarse trial if left out.
        events: what ends the solution or sets new values on the way; see ``Event``.
        longest: longest step as a share of the interval; 0.1 is a good start, less where an event
            could come and go within a step.
        most_steps: steps after which an integration is given up.
        most_events: events after which it is given up.

    The time at which a terminal event ends the solution is ``parameters["event_time"]``, and all
    event times are in ``record.history``. The last state is held from there on.

    Breaks where solutions are chaotic over long times (the estimate then grows and says so), where
    constraints have several solutions that meet, and on events that touch zero without passing it.
    """

    stiff: bool | None = None
    events: tuple[Event, ...] = ()
    longest: float = 0.1
    most_steps: int = 500_000
    most_events: int = 1000

    name: ClassVar[str] = "time_integration"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (TSITOURAS, PRINCE, RADAU, KIDGER)

    def __post_init__(self) -> None:
        if self.stiff not in (None, True, False):
            raise OptionError("stiff=True, False or None", repr(self.stiff), "Leave it out, say.")
        given: Any = self.events
        if not isinstance(given, list | tuple) or not all(isinstance(e, Event) for e in given):
            raise OptionError("Event objects", repr(given), "Write events=(Event(y),), say.")
        object.__setattr__(self, "events", tuple(given))
        if not 0 < self.longest <= 1:
            raise OptionError("longest between 0 and 1", repr(self.longest), "Give 0.1, say.")
        for option in ("most_steps", "most_events"):
            value = getattr(self, option)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise OptionError(f"{option} of 1 or more", repr(value), "Leave it out, say.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        reason = refuse_parts(problem) or refuse_statement(problem)
        if reason is None and not plainly_regular(problem):
            with double_precision():
                reason = refuse_index(Evolution(problem))
        return reason

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``.

        Raises:
            ConditionError: given initial values contradict an equation without time derivatives.
            OptionError: an event reads or sets what the problem does not have.
        """
        run = _Run(self, problem, task, 1e-6 if task.tol is None else task.tol)
        return run.go()


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: TimeIntegration
    problem: Problem
    task: Task
    tol: float
    best: GridField | None = None
    orbit: Orbit | None = None
    shown: str = ""
    against: str = ""
    compared: Comparison | None = None
    moved: str = ""
    done: int = 0
    stalls: int = 0

    def go(self) -> Answer:
        """Look at the problem, then tighten the tolerance until two levels agree."""
        monitor = self.task.monitor
        with monitor.phase("compile"):
            self.evolution = Evolution(self.problem)
            self.start, settled = consistent(self.evolution)
            events = self.options.events
            self.watchers = Watchers(self.evolution, events) if events else None
        monitor.record.unknowns = self.evolution.states + self.evolution.hiddens
        if not settled:
            return self._nothing("no values were found that satisfy the constraints at the start")
        try:
            self._prepare()
            return self._refine()
        except KeyboardInterrupt:
            if self.best is None:
                raise
            return self._answer(Result.INTERRUPTED)

    def _prepare(self) -> None:
        """Choose the solver and the sizes of the state by a coarse trial; compile the solver."""
        monitor = self.task.monitor
        with monitor.phase("compile"):
            scout = Marcher(self.evolution, SCOUT)
        with monitor.phase("solve"):
            trial = explore(
                scout,
                self.start,
                watchers=self.watchers,
                watch=self._watch("trial"),
                stiff=self.options.stiff,
            )
        monitor.record.notes.append(
            f"{'implicit' if trial.stiff else 'explicit'} steps: {trial.reason}"
        )
        with monitor.phase("compile"):
            self.marcher: Marcher | StiffMarcher
            if trial.stiff:
                self.marcher = trial.marcher or StiffMarcher(self.evolution)
            else:
                self.marcher = Marcher(self.evolution, EXPLICIT)
        self.sizes = trial.sizes

    def _refine(self) -> Answer:
        tolerance = max(0.1 * self.tol, FINEST)
        for level in range(LEVELS):
            self.done = level + 1
            orbit = self._integrate(tolerance, self.options.longest)
            if self._repeats(orbit):
                assert self.orbit is not None
                half = orbit.ends[-1] / (2 * len(self.orbit.pieces))
                orbit = self._integrate(tolerance, half)
            if orbit.result in (Result.OUT_OF_BUDGET, Result.INTERRUPTED):
                return self._stopped(orbit, orbit.result)
            if not orbit.pieces:
                return self._nothing(orbit.reason, orbit.result)
            before = self.compared
            self._compare(orbit, tolerance)
            if orbit.result is not Result.SUCCESSFUL:
                if self.compared is None:
                    tolerance *= FINER
                    continue
                return self._answer(orbit.result)
            if self.compared is not None and self.compared.gap.relative <= self.tol:
                return self._answer(Result.SUCCESSFUL)
            if self._hopeless(before) or (tolerance <= FINEST and self.compared is not None):
                break
            tolerance = max(FINER * tolerance, FINEST)
        return self._answer(Result.STAGNATED)

    def _repeats(self, orbit: Orbit) -> bool:
        """Whether an orbit takes no more steps than the last, as where none is cut for accuracy.

        The two would agree whatever their error is.
        """
        if self.orbit is None or orbit.result is not Result.SUCCESSFUL:
            return False
        return len(orbit.pieces) < MORE * len(self.orbit.pieces)

    def _integrate(self, tolerance: float, longest: float) -> Orbit:
        limits = Limits(
            tolerance,
            self.sizes,
            longest,
            self.options.most_steps,
            self.options.most_events,
        )
        monitor = self.task.monitor
        with monitor.phase("solve"):
            watch = self._watch(f"tolerance {tolerance:.0e}")
            orbit = Traveller(self.marcher, self.watchers).go(self.start, limits, watch)
        for name, count in orbit.counts.items():
            counts = monitor.record.evaluations
            counts[name] = counts.get(name, 0) + count
        if orbit.result is Result.SUCCESSFUL:
            self.sizes = typical(orbit, self.sizes, self.marcher.nodes)
        return orbit

    def _watch(self, what: str) -> Callable[[float], bool]:
        monitor = self.task.monitor
        begin, length = self.evolution.interval[0], self.evolution.length

        def watch(share: float) -> bool:
            message = f"{what}: t = {begin + share * length:.4g}"
            monitor.update((self.done + share) / (LEVELS + 1), message)
            return not monitor.spent

        return watch

    # Levels

    def _compare(self, orbit: Orbit, tolerance: float) -> None:
        field = field_of(self.evolution, orbit, self.marcher.nodes)
        shown = f"{len(orbit.pieces)} steps of tolerance {tolerance:.0e}"
        if self.best is not None and self.orbit is not None:
            until = min(_end(self.evolution, orbit), _end(self.evolution, self.orbit))
            if until > self.evolution.interval[0]:
                windows = _windows(orbit, self.orbit)
                if windows:
                    widest = max(high - low for low, high in windows)
                    self.moved = f", whose times agree to {widest:.1e}"
                self.compared = compare(
                    field, self.best, until=until, tol=self.tol, without=windows
                )
                self.against = self.shown
                history = self.task.monitor.record.history.setdefault("agreement", [])
                history.append(self.compared.gap.relative)
        self.best, self.orbit, self.shown = field, orbit, shown

    def _hopeless(self, before: Comparison | None) -> bool:
        """Whether finer tolerances no longer bring the levels together."""
        if before is None or self.compared is None:
            return False
        falls = self.compared.gap.relative <= STOP * before.gap.relative
        self.stalls = 0 if falls else self.stalls + 1
        return self.stalls > 1

    def _stopped(self, orbit: Orbit, result: Result) -> Answer:
        """End early: a finished coarser level is better than half of a finer one."""
        if self.best is None:
            if not orbit.pieces:
                return self._nothing(orbit.reason, result)
            self.best = field_of(self.evolution, orbit, self.marcher.nodes)
            self.orbit = orbit
        return self._answer(result)

    def _answer(self, result: Result) -> Answer:
        assert self.best is not None and self.orbit is not None
        notes, parameters = self.task.monitor.record.notes, {}
        if self.orbit.reason:
            notes.append(f"{self.orbit.reason}; the last state is held from there on")
        if self.orbit.events:
            times = [time for _, time in self.orbit.events]
            self.task.monitor.record.history["event times"] = times
            notes.append(f"{len(times)} events, the last at t = {times[-1]:.10g}")
        if self.orbit.over:
            parameters["event_time"] = self.orbit.events[-1][1]
            notes.append("a terminal event ends the solution; its state is held from there on")
        return Answer(self.best, result, self._certificate(result), parameters)

    def _certificate(self, result: Result) -> Certificate:
        if self.compared is None or self.orbit is None:
            return Certificate(assumptions=(f"{result.value}; no two levels to compare",))
        found = [f"agreement of two levels: {self.against}; {self.shown}"]
        if self.orbit.events:
            found.append(f"compared between the events{self.moved}")
        if self.orbit.reason:
            found.append(f"compared as far as both levels reach: {self.orbit.reason}")
        if self.compared.gap.relative > self.tol and self.compared.parting is not None:
            found.append(
                f"the levels agree up to t = {self.compared.parting:.6g} and part from there on, "
                "as they do where small errors grow"
            )
        return self.compared.gap.certificate(*found, "asymptotic convergence")

    def _nothing(self, reason: str, result: Result = Result.STAGNATED) -> Answer:
        """Return the initial values, held: the best there is before the first step."""
        self.task.monitor.record.notes.append(f"{reason}; the initial values are held")
        start = self.evolution.unknowns @ np.nan_to_num(self.start)
        values = jnp.asarray(np.tile(start, (1, 2, 1)))
        field = GridField(values, jnp.asarray(self.evolution.interval), (0.0, 1.0), ())
        return Answer(field, result, Certificate(assumptions=(reason,)))


def _end(evolution: Evolution, orbit: Orbit) -> float:
    begin, end = evolution.interval
    return end if orbit.ends[-1] >= 1.0 else begin + orbit.ends[-1] * (end - begin)


def _windows(one: Orbit, other: Orbit) -> list[tuple[float, float]]:
    """Return the windows between the two times of each event; none if the events differ."""
    if [n for n, _ in one.events] != [n for n, _ in other.events]:
        return []
    pairs = zip(one.events, other.events, strict=True)
    return [(min(a, b), max(a, b)) for (_, a), (_, b) in pairs]
