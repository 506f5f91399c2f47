"""Fourier modes in space for periodic problems: exponentials in time, Newton–Krylov if steady."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Answer, Certificate, Method, OptionError, Result, Source, Task
from residuum.discretise.spectral import (
    ROUGH,
    FourierAxis,
    GridField,
    Krylov,
    Ladder,
    Mirror,
    Modes,
    Parities,
    Split,
    even_field,
    fix_means,
    gap,
    mirror,
    periodic_axes,
    program_of,
    refuse_modes,
    refuse_periodic,
    split,
    tail,
)
from residuum.discretise.time import ETDRK4, IMEX, OUTPUTS, Additive, Chunks
from residuum.problem import Problem

STEPPER = ETDRK4()
LEVELS = 24
MEMORY_MB = 2048.0
"""Most memory the kept states may take."""
BETWEEN = 0.25
"""Share of the tolerance that may be lost between kept states."""
BEYOND = 2.0
"""Modes that layers ask for, over the most allowed, above which no more levels are tried."""
PATIENCE = 1.25
"""A level is not begun where it is expected to take this many times what is left of the budget."""

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

    A box with walls where values or slopes vanish is one, too, if the equations look the same in
    the mirror: half of a box of twice the size, an eighth of it in three dimensions.

    Linear parts with constant factors are integrated exactly, those of a system together, the rest
    with the two-thirds rule against aliasing. First and second order in time; unknowns without
    time derivative (stream function, pressure, chemical potential) are eliminated mode by mode,
    their mean given by an ``integral`` or ``point_value`` condition and otherwise zero. Steady
    linear problems are divided by their symbol, others solved by Newton–Krylov. Steps and modes
    are refined separately, each until two levels agree: both differences together stay below the
    tolerance, by default 1e-6. Steps are shorter where the solution changes fast, as after the
    start.

    Args:
        modes: modes per axis to start from; by default what the initial data ask for.
        steps: steps to start from; 256 by default.
        largest: most modes per axis; by default 8192, 1024 and 128 in one, two, three dimensions.
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
        walls = mirror(problem)
        return refuse_periodic(walls.problem if isinstance(walls, Mirror) else problem)

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        walls, copies = mirror(problem), 1
        parities: Parities = ()
        if isinstance(walls, Mirror):
            problem, parities, copies = walls.problem, walls.parities, walls.copies
            task.monitor.record.notes.append(
                "walls are mirrors of a periodic box of twice the size"
            )
        parts = split(problem) if refuse_modes(problem) is None else None
        assert not isinstance(parts, str)
        tol = 1e-6 if task.tol is None else task.tol
        ladder = Ladder(tol, self.stepper.order, steady=problem.time is None)
        run = _Run(self, problem, task, parts, ladder, parities)
        try:
            answer = run.steady() if problem.time is None else run.evolving()
        except KeyboardInterrupt:
            if run.best is None:
                raise
            answer = run.stopped(run.best, Result.INTERRUPTED)
        value = answer.certificate.value
        if value is not None and copies > 1:
            # The box itself holds its share of the squares.
            answer.certificate = replace(answer.certificate, value=value / math.sqrt(copies))
        return answer


@final
@dataclass
class _Level:
    field: GridField
    modes: tuple[int, ...]
    stride: int = 0
    steps: int = 0
    ends: np.ndarray | None = None
    result: Result = Result.SUCCESSFUL
    seconds: float = 0.0

    def __str__(self) -> str:
        shown = "x".join(map(str, self.modes)) + " modes"
        return f"{shown} and {self.steps} steps" if self.stride else shown


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: Fourier
    problem: Problem
    task: Task
    parts: Split | None
    ladder: Ladder
    parities: Parities = ()
    chunks: tuple[Modes, Chunks] | None = None
    best: _Level | None = None
    base: _Level | None = None
    """The level whose steps are known to be short enough, or the last one."""
    solvable: bool = True

    def evolving(self) -> Answer:
        """Refine steps and modes, each judged by its own difference, until both are small."""
        modes, stride, failures = self._first_modes(), 1, 0
        for level in range(LEVELS):
            found, more = (
                self._march(modes, stride, level),
                self.ladder.more_modes(modes, self._largest),
            )
            if found.result in (Result.INTERRUPTED, Result.OUT_OF_BUDGET):
                return self.stopped(found, found.result)
            if found.result is Result.DIVERGED:
                if self.ladder.tail > ROUGH and more is not None:
                    modes = more
                elif failures < 3:
                    failures, stride = failures + 1, 4 * stride
                else:
                    return self.stopped(found, found.result)
            elif not self.solvable:
                return self.stopped(found, Result.STAGNATED)
            else:
                self._take(found)
                if self.ladder.settled:
                    return self._answer(Result.SUCCESSFUL)
                if self.ladder.wants_modes(more=more is not None) and more is not None:
                    assert self.base is not None
                    if self._beyond(found):
                        return self._answer(Result.STAGNATED)
                    modes, stride = more, self.base.stride
                elif self.ladder.wants_steps:
                    stride = found.stride * self.ladder.more_steps()
                else:
                    return self._stuck(modes)
            if not self._affordable(found, modes, stride):
                return self.stopped(found, Result.OUT_OF_BUDGET)
        return self._answer(Result.STAGNATED)

    def steady(self) -> Answer:
        """Double the modes until two levels agree."""
        modes = (self.options.modes or 16,) * len(self.problem.space)
        while max(modes) <= self._largest:
            axes = periodic_axes(self.problem, modes)
            with self.task.monitor.phase("solve"):
                values, result = self._direct(axes) if self.parts else self._newton(axes)
            self.ladder.tail = tail(values[None], axes)
            found = _Level(even_field(values, np.zeros(0), 0.0, axes), modes)
            if result in (Result.OUT_OF_BUDGET, Result.NOT_FINITE):
                return self.stopped(found, result)
            solvable = result is Result.SUCCESSFUL
            self._take(found)
            if not solvable and (self.parts or max(modes) * 2 > self._largest):
                return self._answer(Result.STAGNATED)
            if solvable and self.ladder.settled:
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
        in_plane = 512 if self.ladder.steady else 1024
        return self.options.largest or {1: 8192, 2: in_plane, 3: 128}[len(self.problem.space)]

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
            if tail(values[None], grid.axes) < self.ladder.tol:
                break
            count *= 2
        return (count,) * dimension

    def _beyond(self, found: _Level) -> bool:
        """Whether layers ask for far more modes than allowed; a note if so."""
        needed = self.ladder.needed(max(found.modes), self._largest)
        if needed is None or needed[1] <= BEYOND * self._largest:
            return False
        self.task.monitor.record.notes.append(
            f"{needed[0]}: layers would take about {needed[1]:g}, and {self._largest} is most"
        )
        return True

    def _affordable(self, found: _Level, modes: tuple[int, ...], stride: int) -> bool:
        """Whether the next level is likely to end within the budget; a note if not."""
        monitor = self.task.monitor
        more = float(np.prod(np.divide(modes, found.modes))) * stride / found.stride
        expected = found.seconds * more
        if expected < PATIENCE * monitor.remaining:
            return True
        shown = f"{max(modes)} modes and {round(found.steps * stride / found.stride)} steps"
        monitor.record.notes.append(f"{shown} would take about {expected:.0f} s")
        return False

    def _setting(self, modes: tuple[int, ...]) -> tuple[Modes, Chunks]:
        if self.chunks is None or self.chunks[0].grid.shape != modes:
            assert self.parts is not None
            axes = periodic_axes(self.problem, modes)
            grid = Modes(self.problem, self.parts, axes, self.parities)
            arrays: dict[str, Any] = {
                "symbol": grid.symbol,
                "example": grid.zero,
                "data": grid.data,
            }
            same = program_of(grid)
            made = Chunks(self.options.stepper, grid.nonlinear, program=same, **arrays)
            self.chunks = (grid, made)
        return self.chunks

    def _march(self, modes: tuple[int, ...], stride: int, level: int) -> _Level:
        monitor, interval = self.task.monitor, self.problem.interval
        assert interval is not None
        with monitor.phase("compile"):
            grid, stepper = self._setting(modes)
        limit = min(MEMORY_MB, monitor.budget.memory_mb / 4)
        most = max(2, int(limit / (9e-6 * OUTPUTS * grid.grid.size * len(self.problem.unknowns))))
        chunks: int | np.ndarray = max(1, -(-(self.options.steps or 256) // OUTPUTS))
        if self.base is not None and self.base.ends is not None:
            chunks = self.base.ends

        def watch(time: float) -> bool:
            fraction = (time - interval[0]) / (interval[1] - interval[0])
            monitor.update(
                (level + fraction) / LEVELS, f"{modes[0]} modes, level {level}: t = {time:.4g}"
            )
            return not monitor.spent

        begun = monitor.elapsed
        with monitor.phase("solve"):
            history = stepper.march(
                grid.start(),
                interval,
                chunks=chunks,
                stride=stride,
                watch=watch,
                smooth=(BETWEEN * self.ladder.tol, most),
            )
            values = fix_means(grid, grid.nodal(history.states, history.times))
            for j, start in grid.sampled().items():
                values[0][..., j] = start
            self.ladder.tail, self.ladder.between = tail(values, grid.axes), history.between
            found = even_field(values, history.times, interval[1], grid.axes)
        self.solvable = self._solvable(grid, history.states[-1], float(history.times[-1]))
        counts, seconds = monitor.record.evaluations, monitor.elapsed - begun
        counts["steps"] = counts.get("steps", 0) + history.steps
        return _Level(found, modes, stride, history.steps, history.ends, history.result, seconds)

    def _solvable(self, grid: Modes, state: np.ndarray, time: float) -> bool:
        """Whether the equations hold in the waves that they leave open; a note if not."""
        solvable = grid.defect(state, time) < 1e-9
        note = "a wave is forced that the equations leave open"
        if not solvable and note not in self.task.monitor.record.notes:
            self.task.monitor.record.notes.append(note)
        return solvable

    def _take(self, found: _Level) -> None:
        """Take in a level, by its difference from the one that shares its steps or its modes."""
        base, self.best = self.base, found
        if base is None or (found.modes != base.modes and found.stride != base.stride):
            self.base = found
            return
        distance, levels = gap(found.field, base.field), f"{base}, {found}"
        self.task.monitor.record.history.setdefault("agreement", []).append(distance.relative)
        if found.modes != base.modes:
            self.ladder.refined_space(distance, levels)
            self.base = found
            return
        self.ladder.refined_time(distance, levels)
        if self.ladder.wants_steps:
            self.base = found

    def _stuck(self, modes: tuple[int, ...]) -> Answer:
        """End where neither more modes nor more steps can be had."""
        notes = self.task.monitor.record.notes
        if not self.ladder.resolved:
            notes.append(f"more than {max(modes)} modes are needed")
        elif self.ladder.between > self.ladder.tol / 2:
            notes.append("more kept states are needed than the memory allows")
        return self._answer(Result.STAGNATED)

    def stopped(self, found: _Level, result: Result) -> Answer:
        """End early: a finished coarser level is better than half of a finer one."""
        if self.best is None:
            self.best = found
            end = self.problem.interval
            reached = None if found.ends is None else found.ends[-1]
            if end and reached is not None and reached < end[1] - 1e-9 * (end[1] - end[0]):
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
        if self.ladder.total is not None:
            certificate = self.ladder.certificate("asymptotic convergence")
        return Answer(self.best.field, result, certificate)
