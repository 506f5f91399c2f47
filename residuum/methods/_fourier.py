"""Fourier modes in space for periodic problems: exponentials in time, Newton–Krylov if steady."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Answer, Certificate, Method, OptionError, Result, Source, Task
from residuum.discretise.spectral import (
    FourierAxis,
    Gap,
    GridField,
    Krylov,
    Modes,
    Split,
    even_field,
    fix_means,
    gap,
    periodic_axes,
    refuse_modes,
    refuse_periodic,
    split,
    tail,
)
from residuum.discretise.time import ETDRK4, IMEX, OUTPUTS, Additive, Chunks, History
from residuum.problem import Problem

STEPPER = ETDRK4()
LEVELS = 12
MEMORY_MB = 256.0
"""Most memory the kept states may take."""

COX = Source(
    "etd",
    "Exponential time differencing for stiff systems",
    "S. M. Cox, P. C. Matthews",
    2002,
    "doi:10.1006/jcph.2002.6995",
    "verified",
)


@final
@dataclass(frozen=True)
class Fourier(Method):
    """Fourier pseudospectral method: periodic boxes in one to three dimensions.

    Linear parts with constant factors are integrated exactly, those of a system together, the rest
    with the two-thirds rule against aliasing. First and second order in time; unknowns without
    time derivative (stream function, pressure, chemical potential) are eliminated mode by mode,
    their mean given by an ``integral`` or ``point_value`` condition and otherwise zero. Steady
    linear problems are divided by their symbol, others solved by Newton–Krylov. Modes and steps
    are doubled until two levels agree to the tolerance, by default 1e-6.

    Args:
        modes: modes per axis to start from; by default what the initial data ask for.
        steps: steps to start from; 256 by default.
        largest: most modes per axis; by default 8192, 512 and 128 in one, two, three dimensions.
        stepper: ``ETDRK4()`` or ``IMEX()``.

    Breaks where diffusion varies strongly in space (it is not part of the symbol: steps get
    small), for jumps (the series rings), and beyond ``largest`` modes.
    """

    modes: int | None = None
    steps: int | None = None
    largest: int | None = None
    stepper: Additive = STEPPER

    name: ClassVar[str] = "fourier"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (ETDRK4.source, COX, IMEX.source)

    def __post_init__(self) -> None:
        for option, least in (("modes", 8), ("steps", 1), ("largest", 8)):
            value = getattr(self, option)
            if value is not None and (not isinstance(value, int) or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")
        if not isinstance(self.stepper, Additive):
            raise OptionError("a stepper object", repr(self.stepper), "Write stepper=IMEX(), say.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        return refuse_periodic(problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        parts = split(problem) if refuse_modes(problem) is None else None
        assert not isinstance(parts, str)
        tol = 1e-6 if task.tol is None else task.tol
        run = _Run(self, problem, task, parts, tol)
        try:
            return run.steady() if problem.time is None else run.evolving()
        except KeyboardInterrupt:
            if run.best is None:
                raise
            return run.stopped(run.best, Result.INTERRUPTED)


@final
@dataclass
class _Level:
    field: GridField
    history: History | None
    modes: tuple[int, ...]
    steps: int

    def __str__(self) -> str:
        shown = "x".join(map(str, self.modes)) + " modes"
        return f"{shown} and {self.steps} steps" if self.history is not None else shown


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: Fourier
    problem: Problem
    task: Task
    parts: Split | None
    tol: float
    chunks: tuple[Modes, Chunks] | None = None
    best: _Level | None = None
    distance: Gap | None = None
    against: str = ""
    tail: float = 1.0
    trusted: bool = True
    solvable: bool = True

    def evolving(self) -> Answer:
        """Double modes and steps until two levels agree."""
        modes, chunks = self._first_modes(), max(1, -(-(self.options.steps or 256) // OUTPUTS))
        failures = 0
        for level in range(LEVELS):
            found = self._march(modes, chunks, level)
            result = found.history.result if found.history else Result.SUCCESSFUL
            if result in (Result.INTERRUPTED, Result.OUT_OF_BUDGET):
                return self.stopped(found, result)
            if result is Result.DIVERGED:
                failures += 1
                if failures > 5 or self.best is not None:
                    return self.stopped(found, result)
                chunks *= 4
                continue
            if not self.solvable:
                return self.stopped(found, Result.STAGNATED)
            grew = self._compare(found)
            resolved = self.tail < 1e-3 * self.tol
            # Levels of equal modes agree however few they are: then the tail must vouch for them.
            self.trusted = grew or resolved
            near = self.distance is not None and self.distance.relative <= self.tol
            if near and self.trusted:
                return self._answer(Result.SUCCESSFUL)
            if not resolved and max(modes) * 2 > self._largest:
                self.task.monitor.record.notes.append(f"more than {max(modes)} modes are needed")
                if near or not grew:
                    return self._answer(Result.STAGNATED)
            elif not resolved:
                modes = tuple(2 * m for m in modes)
            chunks *= self._more_steps(resolved)
        return self._answer(Result.STAGNATED)

    def steady(self) -> Answer:
        """Double the modes until two levels agree."""
        modes = (self.options.modes or 16,) * len(self.problem.space)
        while max(modes) <= self._largest:
            axes = periodic_axes(self.problem, modes)
            with self.task.monitor.phase("solve"):
                values, result = self._direct(axes) if self.parts else self._newton(axes)
            self.tail = tail(values[None], axes)
            found = _Level(even_field(values, np.zeros(0), 0.0, axes), None, modes, 0)
            if result in (Result.OUT_OF_BUDGET, Result.NOT_FINITE):
                return self.stopped(found, result)
            solvable = result is Result.SUCCESSFUL
            self._compare(found)
            if not solvable and (self.parts or max(modes) * 2 > self._largest):
                return self._answer(Result.STAGNATED)
            if solvable and self.distance is not None and self.distance.relative <= self.tol:
                return self._answer(Result.SUCCESSFUL)
            if self.task.monitor.spent:
                return self._answer(Result.OUT_OF_BUDGET)
            modes = tuple(2 * m for m in modes)
        return self._answer(Result.STAGNATED)

    def _direct(self, axes: list[FourierAxis]) -> tuple[np.ndarray, Result]:
        assert self.parts is not None
        grid = Modes(self.problem, self.parts, axes)
        values = fix_means(grid, grid.nodal(grid.zero[None], np.zeros(1)))[0]
        solvable = self._solvable(grid, grid.zero, 0.0)
        return values, Result.SUCCESSFUL if solvable else Result.STAGNATED

    def _newton(self, axes: list[FourierAxis]) -> tuple[np.ndarray, Result]:
        monitor, posed = self.task.monitor, Krylov(self.problem, axes)

        def go_on(iteration: int, size: float) -> bool:
            monitor.update(0.5, f"{axes[0].count} modes, Newton step {size:.1e}")
            return not monitor.spent

        start, points = np.zeros(posed.shape), jnp.asarray(posed.points)
        if self.best is not None:
            nodes = [axis.nodes for axis in axes]
            start = np.moveaxis(self.best.field.tensor(np.zeros(0), nodes), -1, 0)
        elif self.task.start is not None:
            start = np.asarray(self.task.start.field(points)).T.reshape(posed.shape)
        state, result, count = posed.solve(start, go_on=go_on)
        counts = monitor.record.evaluations
        counts["krylov"] = counts.get("krylov", 0) + count
        return np.moveaxis(state, 0, -1), result

    @property
    def _largest(self) -> int:
        return self.options.largest or {1: 8192, 2: 512, 3: 128}[len(self.problem.space)]

    def _first_modes(self) -> tuple[int, ...]:
        """Return the modes that resolve the initial data to the tolerance, within reason."""
        dimension = len(self.problem.space)
        if self.options.modes is not None:
            return (self.options.modes,) * dimension
        least, most = {1: (64, 512), 2: (32, 64)}.get(dimension, (16, 32))
        count = least
        while count < most:
            assert self.parts is not None
            grid = Modes(
                self.problem, self.parts, periodic_axes(self.problem, (count,) * dimension)
            )
            values = np.moveaxis(grid.waves.nodal(grid.start()), 0, -1)
            if tail(values[None], grid.axes) < self.tol:
                break
            count *= 2
        return (count,) * dimension

    def _march(self, modes: tuple[int, ...], chunks: int, level: int) -> _Level:
        monitor = self.task.monitor
        with monitor.phase("compile"):
            if self.chunks is None or self.chunks[0].grid.shape != modes:
                assert self.parts is not None
                grid = Modes(self.problem, self.parts, periodic_axes(self.problem, modes))
                made = Chunks(
                    self.options.stepper,
                    grid.nonlinear,
                    symbol=grid.symbol,
                    example=grid.zero,
                    data=grid.data,
                )
                self.chunks = (grid, made)
        grid, stepper = self.chunks
        interval = self.problem.interval
        assert interval is not None
        limit = min(MEMORY_MB, monitor.budget.memory_mb / 4)
        size = 9e-6 * OUTPUTS * chunks * grid.grid.size * len(self.problem.unknowns)
        stride = 1
        while size / stride > limit and chunks % 2 == 0:
            stride, chunks = 2 * stride, chunks // 2
        total = OUTPUTS * chunks * stride

        def watch(time: float) -> bool:
            fraction = (time - interval[0]) / (interval[1] - interval[0])
            monitor.update(
                (level + fraction) / LEVELS, f"{modes[0]} modes, {total} steps: t = {time:.4g}"
            )
            return not monitor.spent

        with monitor.phase("solve"):
            begin = grid.start()
            history = stepper.march(begin, interval, chunks=chunks, stride=stride, watch=watch)
            values = fix_means(grid, grid.nodal(history.states, history.times))
            for j, start in grid.sampled().items():
                values[0][..., j] = start
            self.tail = tail(values, grid.axes)
            field = even_field(values, history.times, interval[1], grid.axes)
        self.solvable = self._solvable(grid, history.states[-1], float(history.times[-1]))
        counts = monitor.record.evaluations
        counts["steps"] = counts.get("steps", 0) + history.steps
        return _Level(field, history, modes, total)

    def _solvable(self, grid: Modes, state: np.ndarray, time: float) -> bool:
        """Whether the equations hold in the waves that they leave open; a note if not."""
        solvable = grid.defect(state, time) < 1e-9
        note = "a wave is forced that the equations leave open"
        if not solvable and note not in self.task.monitor.record.notes:
            self.task.monitor.record.notes.append(note)
        return solvable

    def _compare(self, found: _Level) -> bool:
        """Take a level in; return whether it has more modes than the one before."""
        grew = self.best is None or found.modes != self.best.modes
        if self.best is not None:
            self.distance, self.against = gap(found.field, self.best.field), str(self.best)
            history = self.task.monitor.record.history.setdefault("agreement", [])
            history.append(self.distance.relative)
        self.best = found
        return grew

    def _more_steps(self, resolved: bool) -> int:
        """Return by what to multiply the steps: the order tells how far there is to go."""
        if self.distance is None or not resolved or not np.isfinite(self.distance.relative):
            return 2
        missing = max(self.distance.relative / self.tol, 1.0) ** (1 / self.options.stepper.order)
        return int(2 ** max(1, min(4, int(np.ceil(np.log2(missing))))))

    def stopped(self, found: _Level, result: Result) -> Answer:
        """End early: a finished coarser level is better than half of a finer one."""
        if self.best is None:
            self.best = found
            assert found.history is not None
            reached, end = found.history.times[-1], self.problem.interval
            assert end is not None
            if reached > end[1] - 1e-9 * (end[1] - end[0]):
                return self._answer(result)
            self.task.monitor.record.notes.append(
                f"only reached t = {reached:.6g}; the last state is held from there on"
            )
        return self._answer(result)

    def _answer(self, result: Result) -> Answer:
        assert self.best is not None
        record = self.task.monitor.record
        record.unknowns = int(np.prod(self.best.modes)) * len(self.problem.unknowns)
        record.evaluations["modes"] = max(self.best.modes)
        certificate = Certificate(assumptions=(f"{result.value}; no two levels to compare",))
        if self.distance is not None and self.trusted:
            certificate = self.distance.certificate(
                f"agreement of two levels: {self.against}, {self.best}",
                f"the last modes are {self.tail:.0e} of the largest",
                "asymptotic convergence",
            )
        return Answer(self.best.field, result, certificate)
