"""Chebyshev collocation on boxes: Newton's method if steady, the method of lines if evolving."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Answer, Certificate, Method, OptionError, Result, Source, Task
from residuum.discretise.spectral import (
    Advice,
    Axis,
    ChebyshevAxis,
    FourierAxis,
    Gap,
    Grid,
    GridField,
    Lines,
    Steady,
    advise,
    axis_of,
    continued,
    field_of,
    gap,
    newton,
    refuse_conditions,
    refuse_parts,
    refuse_shape,
    refuse_time,
    time_orders,
)
from residuum.discretise.time import STAGES, integrate
from residuum.problem import Problem

LEVELS = 8
SCOUTS = 6
PATIENCE = 3
COARSE = 1e-4
"""Tolerance of the runs that only look for layers."""

TREFETHEN = Source(
    "spectral-matlab",
    "Spectral Methods in MATLAB",
    "L. N. Trefethen",
    2000,
    "isbn:978-0-89871-465-4",
    "verified",
)
BAYLISS = Source(
    "mapped-chebyshev",
    "Mappings and accuracy for Chebyshev pseudo-spectral approximations",
    "A. Bayliss, E. Turkel",
    1992,
    "doi:10.1016/0021-9991(92)90012-N",
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


@final
@dataclass(frozen=True)
class Chebyshev(Method):
    """Chebyshev collocation on a box, with nodes crowded into a layer found from the solution.

    Dirichlet, Neumann and Robin conditions on the sides, periodic axes by Fourier nodes, no space
    axis at all for ordinary differential equations. Grids, maps and time steps are refined until
    two levels agree to the tolerance, by default 1e-6.

    Args:
        modes: nodes per axis to start from; by default 64, 16, 10 in one, two, three dimensions.
        largest: most unknowns; the linear algebra is dense.
        adapt: whether to look for a layer.

    Breaks for moving or several thin layers (one map for all times), for jumps, for solutions with
    corner singularities (then it converges slowly and says so), and in three dimensions where more
    than about 18 nodes per axis are needed.
    """

    modes: int | None = None
    largest: int = 6000
    adapt: bool = True

    name: ClassVar[str] = "chebyshev"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (TREFETHEN, BAYLISS, RADAU)

    def __post_init__(self) -> None:
        for option, least in (("modes", 6), ("largest", 6)):
            value = getattr(self, option)
            if value is not None and (not isinstance(value, int) or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        reason = refuse_shape(problem) or refuse_parts(problem) or refuse_conditions(problem)
        if reason is None and problem.time is not None:
            reason = refuse_time(problem)
        if reason is None and len(problem.space) > 3:
            reason = f"it works in up to three space dimensions, not {len(problem.space)}"
        return reason

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        tol = 1e-6 if task.tol is None else task.tol
        run = _Run(self, problem, task, tol)
        try:
            return run.go()
        except KeyboardInterrupt:
            if run.best is None:
                raise
            return run.stopped(run.best, Result.INTERRUPTED)


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: Chebyshev
    problem: Problem
    task: Task
    tol: float
    lines: Lines | None = None
    best: GridField | None = None
    shown: str = ""
    distance: Gap | None = None
    against: str = ""
    tail: float = 0.0
    done: int = 0
    least: int = 4
    shortest: float = 1e-14

    def go(self) -> Answer:
        """Look for layers, then refine until two levels agree."""
        axes, accuracy = self._first_axes(), max(0.1 * self.tol, 1e-13)
        scouting = bool(axes) and self.problem.time is not None
        for level in range(LEVELS + SCOUTS):
            self.done = level
            if not self._fits(axes):
                return self._answer(Result.OUT_OF_MEMORY if self.best is None else Result.STAGNATED)
            noise = max(COARSE, accuracy) if scouting else accuracy
            self.shortest = 1e-5 if scouting else 1e-14
            found, result = self._solve(axes, noise)
            if result in (Result.INTERRUPTED, Result.OUT_OF_BUDGET):
                return self.stopped(found, result)
            advice = [
                advise(found, k, target=0.1 * self.tol, noise=noise) for k in range(len(axes))
            ]
            self.tail = max((item.tail for item in advice), default=0.0)
            good = result is Result.SUCCESSFUL
            if scouting:
                rough = not good or self.tail > 10 * COARSE
                axes = (
                    self._wider(axes, advice, level, good) if rough else self._advised(axes, advice)
                )
                scouting = rough and level < SCOUTS
                continue
            if result is Result.STAGNATED and self.problem.time is None and level < PATIENCE:
                # Newton's method may fail on a grid too coarse for the solution.
                axes = self._finer(axes, advice)
                continue
            if not good:
                return self.stopped(found, result)
            self._compare(found, accuracy)
            if self.distance is not None and self.distance.relative <= self.tol:
                return self._answer(Result.SUCCESSFUL)
            axes = self._finer(axes, advice)
            accuracy, self.least = max(0.1 * accuracy, 1e-13), 2 * self.least
        return self._answer(Result.STAGNATED)

    # Grids

    def _first_axes(self) -> list[Axis]:
        names = self.problem.space
        if not names:
            return []
        shape = self.problem.shape
        assert shape is not None
        count = self.options.modes or {1: 64, 2: 16}.get(len(names), 10)
        if self.problem.time is None and self.options.modes is None and len(names) == 1:
            count = 32
        bounds = dict(zip(shape.axes, shape.bounds, strict=True))
        around = self.problem.periodic_axes(self.problem.unknowns[0])
        found: list[Axis] = []
        for name in (c.name for c in names):
            low, high = (float(end) for end in bounds[name])
            kind = FourierAxis if name in around else ChebyshevAxis
            found.append(kind(low, high, count))
        return found

    def _wider(
        self, axes: Sequence[Axis], advice: Sequence[Advice], level: int, good: bool
    ) -> list[Axis]:
        """Return the axes for another look: the same counts with the new maps, or more nodes."""
        found: list[Axis] = []
        for axis, item in zip(axes, advice, strict=True):
            chosen = item.axis if self.options.adapt else axis
            same = axis_data(chosen) == axis_data(axis)
            grow = 1.5 if same or level >= 3 else 1.0
            count = 2 * math.ceil(grow * axis.count / 2)
            found.append(
                chosen.resized(count if not good or item.tail > 10 * COARSE else axis.count)
            )
        return found

    def _advised(self, axes: Sequence[Axis], advice: Sequence[Advice]) -> list[Axis]:
        found: list[Axis] = []
        for axis, item in zip(axes, advice, strict=True):
            chosen = item.axis if self.options.adapt else axis.resized(item.axis.count)
            # Nodes already compiled for are kept where they suffice.
            found.append(chosen.resized(max(axis.count, 2 * math.ceil(chosen.count / 2))))
        return found

    def _finer(self, axes: Sequence[Axis], advice: Sequence[Advice]) -> list[Axis]:
        found: list[Axis] = []
        for axis, item in zip(axes, advice, strict=True):
            count = max(item.axis.count, axis.count + max(4, axis.count // 4))
            count = min(count, 2 * axis.count)
            chosen = item.axis if self.options.adapt and item.tail > 0.1 * self.tol else axis
            found.append(chosen.resized(2 * math.ceil(count / 2)))
        return found

    def _fits(self, axes: Sequence[Axis]) -> bool:
        orders = [1] * len(self.problem.unknowns)
        if self.problem.time is not None:
            orders = time_orders(self.problem)
        unknowns = sum(orders) * math.prod(axis.count for axis in axes)
        # Four complex factorisations and a Jacobian if evolving, a matrix and its factors if not.
        memory = unknowns**2 * 8e-6 * (12 if self.problem.time is not None else 3)
        enough = memory < self.task.monitor.budget.memory_mb and unknowns <= self.options.largest
        if not enough:
            note = f"the next grid has {unknowns} unknowns and needs about {memory:.0f} MB"
            self.task.monitor.record.notes.append(note)
        return enough

    # Solves

    def _solve(self, axes: Sequence[Axis], accuracy: float) -> tuple[GridField, Result]:
        grid = Grid(tuple(axes))
        self.task.monitor.record.unknowns = grid.size * len(self.problem.unknowns)
        self.task.monitor.record.evaluations["modes"] = max(grid.shape, default=1)
        return self._march(grid, accuracy) if self.problem.time is not None else self._steady(grid)

    def _march(self, grid: Grid, accuracy: float) -> tuple[GridField, Result]:
        monitor, interval = self.task.monitor, self.problem.interval
        assert interval is not None
        with monitor.phase("compile"):
            if self.lines is not None and self.lines.grid.shape == grid.shape:
                self.lines = self.lines.moved(grid)
            else:
                self.lines = Lines(self.problem, grid)
                self.lines.compile(STAGES)

        def watch(time: float) -> bool:
            fraction = (time - interval[0]) / (interval[1] - interval[0])
            message = f"{'x'.join(map(str, grid.shape)) or 'no'} nodes: t = {time:.4g}"
            monitor.update((self.done + fraction) / (LEVELS + SCOUTS), message)
            return not monitor.spent

        with monitor.phase("solve"):
            found = integrate(
                self.lines.system(),
                interval,
                tol=accuracy,
                least=self.least,
                shortest=self.shortest,
                watch=watch,
            )
            field = field_of(self.lines, found)
        for name, count in found.counts.items():
            monitor.record.evaluations[name] = monitor.record.evaluations.get(name, 0) + count
        # A run that only looks for layers may break down: the next one has a better map.
        if found.knots[-1] < interval[1] and self.shortest < 1e-10:
            monitor.record.notes.append(
                f"{found.result.value}: a level reached t = {found.knots[-1]:.6g} only"
            )
        return field, found.result

    def _steady(self, grid: Grid) -> tuple[GridField, Result]:
        monitor = self.task.monitor
        with monitor.phase("compile"):
            posed = Steady(self.problem, grid)
            residual, slope = posed.compiled()

        def go_on(iteration: int, size: float) -> bool:
            monitor.update(self.done / LEVELS, f"{posed.size} unknowns, Newton step {size:.1e}")
            return not monitor.spent

        start = np.zeros(posed.size)
        if self.best is not None:
            coarse = self.best.tensor(np.zeros(0), [axis.nodes for axis in grid.axes])
            start = np.moveaxis(coarse, -1, 0).reshape(-1)
        with monitor.phase("solve"):
            state, result, count = newton(residual, slope, start, go_on=go_on)
            if result is Result.STAGNATED and self.best is None:
                state, result, more = continued(residual, slope, start, go_on=go_on)
                count += more
            nodal = posed.nodal(state)
            for k, axis in enumerate(grid.axes):
                nodal = axis.stored(nodal, k)
        iterations = monitor.record.evaluations
        iterations["iterations"] = iterations.get("iterations", 0) + count
        data = tuple(axis.data for axis in grid.axes)
        return GridField(jnp.asarray(nodal), jnp.zeros(0), (), data), result

    # Levels

    def _compare(self, found: GridField, accuracy: float) -> None:
        shape = "x".join(str(axis_of(data).count) for data in found.axes)
        parts = [f"{shape} nodes"] if shape else []
        if self.problem.time is not None:
            parts.append(f"{len(found.knots) - 1} steps of tolerance {accuracy:.0e}")
        if self.best is not None:
            self.distance, self.against = gap(found, self.best), self.shown
            history = self.task.monitor.record.history.setdefault("agreement", [])
            history.append(self.distance.relative)
        self.best, self.shown = found, " and ".join(parts)

    def stopped(self, found: GridField, result: Result) -> Answer:
        """End early: a finished coarser level is better than half of a finer one."""
        if self.best is None:
            self.best = found
        return self._answer(result)

    def _answer(self, result: Result) -> Answer:
        certificate = Certificate(assumptions=(f"{result.value}; no two levels to compare",))
        if self.distance is not None:
            certificate = self.distance.certificate(
                f"agreement of two levels: {self.against}; {self.shown}",
                f"the last coefficients are {self.tail:.0e} of the largest",
                "asymptotic convergence",
            )
        if self.best is None:
            raise MemoryError("no grid that was tried to the end fits into the limits")
        return Answer(self.best, result, certificate)


def axis_data(axis: Axis) -> tuple[float, ...]:
    """Return the numbers of an axis without its count."""
    return axis.data[2]
