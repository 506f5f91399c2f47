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
    DIMENSIONS,
    Axis,
    ChebyshevAxis,
    FourierAxis,
    Gap,
    Grid,
    GridField,
    Lines,
    Rectangular,
    Separable,
    Separation,
    Steady,
    advise,
    advised,
    axis_of,
    continued,
    even_field,
    field_of,
    finer,
    gap,
    march,
    newton,
    refuse_conditions,
    refuse_interval,
    refuse_parts,
    refuse_shape,
    refuse_time,
    separate,
    slab_field,
    time_orders,
    wider,
)
from residuum.discretise.time import STAGES, integrate
from residuum.problem import Problem

LEVELS = 8
FIRST = {1: 64, 2: 16, 3: 10}
SCOUTS = 6
MORE = 1.25
"""Least number of steps of a level over that of the one before."""
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
LYNCH = Source(
    "fast-diagonalisation",
    "Direct solution of partial difference equations by tensor product methods",
    "R. E. Lynch, J. R. Rice, D. H. Thomas",
    1964,
    "doi:10.1007/BF01386067",
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
    two levels agree to the tolerance, by default 1e-6. Separable linear problems (Poisson,
    Helmholtz, heat with constant factors) of one unknown in two to five dimensions are
    diagonalised axis by axis instead of dense linear algebra.

    Args:
        modes: nodes per axis to start from; by default 64, 16, 10 in one, two, three dimensions
            and 8 in more.
        largest: most unknowns where the linear algebra is dense.
        adapt: whether to look for a layer.

    Breaks for moving or several thin layers (one map for all times), for jumps, for solutions with
    corner singularities (then it converges slowly and says so), and in three dimensions where more
    than about 18 nodes per axis are needed and the problem is not separable.
    """

    modes: int | None = None
    largest: int = 6000
    adapt: bool = True

    name: ClassVar[str] = "chebyshev"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (TREFETHEN, BAYLISS, RADAU, LYNCH)

    def __post_init__(self) -> None:
        for option, least in (("modes", 6), ("largest", 6)):
            value = getattr(self, option)
            if value is not None and (not isinstance(value, int) or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        reason = refuse_shape(problem) or refuse_parts(problem)
        if reason is None and _separated(problem) is not None:
            return None
        reason = reason or refuse_conditions(problem)
        if reason is not None and problem.time is None and len(problem.space) == 1:
            # Rectangular collocation takes what square collocation does not.
            reason = refuse_shape(problem) or refuse_parts(problem) or refuse_interval(problem)
        if reason is None and problem.time is not None:
            reason = refuse_time(problem)
        if reason is None and len(problem.space) > 3:
            reason = f"it works in up to three space dimensions, not {len(problem.space)}"
        return reason

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        tol = 1e-6 if task.tol is None else task.tol
        run = _Run(self, problem, task, tol, form=_separated(problem))
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
    form: Separation | None = None

    def go(self) -> Answer:
        """Look for layers, then refine until two levels agree."""
        axes, accuracy = self._first_axes(), max(0.1 * self.tol, 1e-13)
        scouting = bool(axes) and self.problem.time is not None and self.form is None
        maps, adapt = self.form is None or len(axes) <= 2, self.options.adapt
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
                advise(found, k, target=0.1 * self.tol, noise=noise, maps=maps)
                for k in range(len(axes))
            ]
            self.tail = max((item.tail for item in advice), default=0.0)
            good = result is Result.SUCCESSFUL
            if scouting:
                rough = not good or self.tail > 10 * COARSE
                if rough:
                    most = 10 * COARSE if good else 0.0
                    axes = wider(axes, advice, adapt=adapt, patient=level < 3, rough=most)
                else:
                    axes = advised(axes, advice, adapt=adapt)
                scouting = rough and level < SCOUTS
                continue
            if result is Result.STAGNATED and self.problem.time is None and level < PATIENCE:
                # Newton's method may fail on a grid too coarse for the solution.
                axes = finer(axes, advice, adapt=adapt, target=0.1 * self.tol)
                continue
            if not good:
                return self.stopped(found, result)
            self._compare(found, accuracy)
            if self.distance is not None and self.distance.relative <= self.tol:
                return self._answer(Result.SUCCESSFUL)
            axes = finer(axes, advice, adapt=adapt, target=0.1 * self.tol)
            accuracy, self.least = max(0.1 * accuracy, 1e-13), 2 * self.least
            if self.form is None:
                # Where accuracy can rise no further the same steps would agree whatever they miss.
                self.least = max(self.least, math.ceil(MORE * (len(found.knots) - 1)))
        return self._answer(Result.STAGNATED)

    # Grids

    def _first_axes(self) -> list[Axis]:
        names = self.problem.space
        if not names:
            return []
        shape = self.problem.shape
        assert shape is not None
        count = self.options.modes or FIRST.get(len(names), 8)
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

    def _fits(self, axes: Sequence[Axis]) -> bool:
        evolving = self.problem.time is not None
        orders = time_orders(self.problem) if evolving else [1] * len(self.problem.unknowns)
        unknowns = sum(orders) * math.prod(axis.count for axis in axes)
        if self.form is not None:
            # The states of every stage and slab, or a few copies of one.
            copies = 2 * STAGES * self.least if evolving else 20
            return self._allowed(unknowns, 8e-6 * unknowns * copies, math.inf)
        # Four complex factorisations and a Jacobian if evolving, a matrix and its factors if not.
        memory = unknowns**2 * 8e-6 * (12 if evolving else 3)
        return self._allowed(unknowns, memory, self.options.largest)

    def _allowed(self, unknowns: int, memory: float, most: float) -> bool:
        enough = memory < self.task.monitor.budget.memory_mb and unknowns <= most
        if not enough:
            note = f"the next grid has {unknowns} unknowns and needs about {memory:.0f} MB"
            self.task.monitor.record.notes.append(note)
        return enough

    # Solves

    def _solve(self, axes: Sequence[Axis], accuracy: float) -> tuple[GridField, Result]:
        grid = Grid(tuple(axes))
        self.task.monitor.record.unknowns = grid.size * len(self.problem.unknowns)
        self.task.monitor.record.evaluations["modes"] = max(grid.shape, default=1)
        if self.form is not None:
            return self._separable(Separable(self.form, grid))
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
            square = refuse_conditions(self.problem) is None
            posed = (Steady if square else Rectangular)(self.problem, grid)
            residual, slope = posed.compiled()

        def go_on(iteration: int, size: float) -> bool:
            monitor.update(self.done / LEVELS, f"{posed.size} unknowns, Newton step {size:.1e}")
            return not monitor.spent

        start = self._guess(posed)
        with monitor.phase("solve"):
            state, result, count = newton(residual, slope, start, go_on=go_on)
            if result is Result.STAGNATED and self.best is None:
                state, result, more = continued(residual, slope, start, go_on=go_on)
                count += more
        iterations = monitor.record.evaluations
        iterations["iterations"] = iterations.get("iterations", 0) + count
        return even_field(posed.nodal(state), np.zeros(0), 0.0, grid.axes), result

    def _guess(self, posed: Steady | Rectangular) -> np.ndarray:
        """Return where Newton's method starts: the level before, or the answer to go on from."""
        earlier, best = self.task.start, self.best
        if best is None and earlier is None:
            return posed.guess()
        if best is None:
            assert earlier is not None
            field = earlier.field
            return posed.state(lambda points: np.asarray(field(jnp.asarray(points))))
        return posed.state(lambda points: np.asarray(best(jnp.asarray(points))))

    def _separable(self, posed: Separable) -> tuple[GridField, Result]:
        monitor, interval, axes = self.task.monitor, self.problem.interval, posed.grid.axes
        if interval is None:
            with monitor.phase("solve"):
                values, solvable = posed.steady()
            if not solvable:
                monitor.record.notes.append("the load does not fit the conditions: no solution")
            field = even_field(values[..., None], np.zeros(0), 0.0, axes)
            return field, Result.SUCCESSFUL if solvable else Result.STAGNATED

        def watch(time: float) -> bool:
            monitor.update(self.done / LEVELS, f"{posed.grid.size} nodes: t = {time:.4g}")
            return not monitor.spent

        with monitor.phase("solve"):
            found = march(posed, interval, slabs=self.least, watch=watch)
        steps = monitor.record.evaluations
        steps["steps"] = steps.get("steps", 0) + len(found.values)
        return slab_field(found, interval[1], axes), found.result

    # Levels

    def _compare(self, found: GridField, accuracy: float) -> None:
        shape = "x".join(str(axis_of(data).count) for data in found.axes)
        parts = [f"{shape} nodes"] if shape else []
        if self.problem.time is not None:
            kind = "" if self.form is not None else f" of tolerance {accuracy:.0e}"
            parts.append(f"{len(found.knots) - 1} steps{kind}")
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


def _separated(problem: Problem) -> Separation | None:
    several = 2 <= len(problem.space) <= DIMENSIONS
    return separate(problem) if several else None
