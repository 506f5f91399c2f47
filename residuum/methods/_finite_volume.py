"""Finite volumes for conservation laws: shocks, contacts, transport."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np

from residuum._core import (
    Answer,
    Certificate,
    Method,
    OptionError,
    ProblemError,
    Result,
    Source,
    Task,
    in_double_precision,
)
from residuum.discretise.volumes import (
    HLL,
    Cells,
    Distance,
    Limiter,
    March,
    Riemann,
    Run,
    Scheme,
    Signals,
    VanLeer,
    VolumeField,
    Volumes,
    cells_of,
    certificate,
    distance,
    field_of,
    suits,
)
from residuum.discretise.volumes._march import OUTPUTS, SHU
from residuum.discretise.volumes._positive import ZHANG
from residuum.discretise.volumes._riemann import HARTEN
from residuum.discretise.volumes._volumes import LEER
from residuum.problem import Problem
from residuum.problem._operators import as_expression

TOL = 1e-2
"""Tolerance where none is asked for: what shocks allow on grids of reasonable size."""
FIRST = {1: 128, 2: 32}
LARGEST = {1: 2048, 2: 256}
MOST_STEPS = 200_000
"""Steps of one level beyond which explicit diffusion or sources count as too stiff."""
MEMORY_MB = 256.0
"""Most memory the kept states of one level may take."""
MOST_OUTPUTS = 4096


@final
@dataclass(frozen=True)
class FiniteVolume(Method):
    """MUSCL finite volumes: conservation laws on boxes of one and two dimensions.

    The statement is u_i.diff(t) + div(F_i) = S_i: fluxes are taken from its ``div`` nodes, wave
    speeds from the eigenvalues of their Jacobian, and what has to stay positive from denominators,
    roots and those eigenvalues. Limited linear reconstruction, an approximate Riemann solver,
    strong-stability-preserving Runge–Kutta steps; diffusion ``div(k*grad(u))`` is explicit. Cells
    are doubled until the estimated error is below the tolerance, by default 1e-2.

    Args:
        cells: cells along the longest axis to start from (or one number per axis); by default 128
            in one and 32 in two dimensions.
        steps: least number of steps on the first cells, doubled with them; by default what the
            waves ask for.
        largest: most cells along an axis; by default 2048 and 256 in one and two dimensions.
        limiter: ``VanLeer()`` or ``Minmod(theta)``.
        riemann: ``HLL()`` or ``Rusanov()``.
        positive: expressions to be kept positive besides those found in the statement.
        cfl: largest part of a cell that waves cross in a step, up to 0.5.
        order: of the Runge–Kutta steps, 2 or 3.

    Boundary: periodic; nothing or ``neumann(u, 0)`` lets waves out; ``dirichlet`` of every unknown
    is an inflow; ``dirichlet`` of the normal momentum alone, with value 0, is a reflecting wall.

    The certificate is an estimate in L2 from the order that three levels show. Smooth solutions
    converge with order 2; shocks only with order 1/2 in L2 (1 in L1) and contacts with 1/3 or so:
    a tolerance below 1e-2 is then out of reach, and the result says so.

    Raises:
        OptionError: an option is out of range, or ``steps`` are fewer than the waves ask for; the
            message gives the least number.
        ProblemError: the initial data make the wave speeds complex.

    Breaks for stiff diffusion or sources (explicit steps), for systems whose equations are not
    conservation laws, and smears contacts more than solvers made for one system.
    """

    cells: int | tuple[int, ...] | None = None
    steps: int | None = None
    largest: int | None = None
    limiter: Limiter = field(default_factory=VanLeer)
    riemann: Riemann = field(default_factory=HLL)
    positive: tuple[Any, ...] = ()
    cfl: float = 0.4
    order: int = 2

    name: ClassVar[str] = "finite_volume"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (LEER, HARTEN, SHU, ZHANG)

    def __post_init__(self) -> None:
        counts = self.cells if isinstance(self.cells, tuple) else (self.cells,)
        rows = [*(("cells", n, 4) for n in counts), ("steps", self.steps, 1)]
        for option, value, least in [*rows, ("largest", self.largest, 4)]:
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and (not whole or value < least):
                raise OptionError(f"{option} of {least} or more", repr(value), "Leave it out, say.")
        if not isinstance(self.cfl, int | float) or not 0 < self.cfl <= 0.5:
            raise OptionError("a cfl above 0 and up to 0.5", repr(self.cfl), "Take 0.4.")
        if self.order not in (2, 3):
            raise OptionError("an order of 2 or 3", repr(self.order), "Take 2.")
        for option, kind in (("limiter", Limiter), ("riemann", Riemann)):
            if not isinstance(getattr(self, option), kind):
                got = repr(getattr(self, option))
                raise OptionError(f"a {kind.__name__} object as {option}", got, "Leave it out.")
        object.__setattr__(self, "positive", tuple(as_expression(e) for e in self.positive))

    def __str__(self) -> str:
        """Name the class and the options that are not the default ones."""
        plain, names = type(self)(), self.__dataclass_fields__
        chosen = [(n, getattr(self, n)) for n in names if getattr(self, n) != getattr(plain, n)]
        return f"{type(self).__name__}({', '.join(f'{n}={v!r}' for n, v in chosen)})"

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        law = suits(problem)
        return law if isinstance(law, str) else None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        law = suits(problem)
        assert not isinstance(law, str)
        work = _Run(self, problem, task, Signals(law), TOL if task.tol is None else task.tol)
        try:
            return work.go()
        except KeyboardInterrupt:
            if work.best is None:
                raise
            return work.answer(Result.INTERRUPTED)

    @in_double_precision
    def march(self, problem: Problem, cells: int | tuple[int, ...]) -> March:
        """Return the march of a problem on given cells, for differentiation and for data.

        ``march.march(state, parameters, steps)`` is a pure JAX function of the state (m, *counts)
        and of parameters by name; ``march.volumes.start`` is the first state, and
        ``march.fewest()`` the least number of steps.

        Raises:
            ProblemError: the problem does not suit the method.
        """
        law = suits(problem)
        if isinstance(law, str):
            raise ProblemError("a conservation law on a box", law, "Change the statement.")
        return March(Volumes(Signals(law), cells_of(problem, cells), self.scheme), order=self.order)

    @property
    def scheme(self) -> Scheme:
        """The options as a scheme."""
        return Scheme(self.limiter, self.riemann, self.cfl, self.positive)


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: FiniteVolume
    problem: Problem
    task: Task
    signals: Signals
    tol: float
    best: VolumeField | None = None
    shown: str = ""
    gaps: list[Distance] = field(default_factory=list)

    def go(self) -> Answer:
        """Double the cells until the estimated error is below the tolerance."""
        cells, steps, levels = self._first(), self.options.steps, self._levels()
        for level in range(levels):
            found = self._level(cells, steps, level / levels)
            if isinstance(found, Result):
                return self.answer(found)
            if len(self.gaps) > 1 and self._certificate().relative <= self.tol:
                break
            cells = Cells(cells.low, cells.high, tuple(2 * n for n in cells.counts), cells.periodic)
            steps = None if steps is None else 2 * steps
        return self.answer(Result.SUCCESSFUL)

    def _first(self) -> Cells:
        wanted = self.options.cells or FIRST[len(self.problem.space)]
        return cells_of(self.problem, wanted)

    def _levels(self) -> int:
        largest = self.options.largest or LARGEST[len(self.problem.space)]
        first = max(self._first().counts)
        if largest < first:
            raise OptionError(f"largest of {first} cells or more", str(largest), "Raise it.")
        return 1 + int(math.log2(largest / first))

    def _level(self, cells: Cells, steps: int | None, done: float) -> Result | None:
        """March on some cells and compare; return a result if it ends the solve."""
        monitor = self.task.monitor
        with monitor.phase("compile"):
            volumes = Volumes(self.signals, cells, self.options.scheme)
            march = March(volumes, order=self.options.order)
            if self.best is None:
                self._check(volumes)
            need = volumes.pace()
        begin, end = volumes.law.problem.interval or (0.0, 1.0)
        if need * (end - begin) > MOST_STEPS and steps is None:
            monitor.record.notes.append(
                f"{_shape(cells)} would take {need * (end - begin):.0f} steps: explicit steps are"
                " too short for this diffusion or source"
            )
            if self.best is not None:
                return Result.SUCCESSFUL
            self.best = field_of(cells, np.array([begin]), volumes.start[None], end)
            return Result.STAGNATED

        def watch(time: float) -> bool:
            share = (time - begin) / (end - begin)
            monitor.update(done + 0.1 * share, f"{_shape(cells)}: t = {time:.4g}")
            return not monitor.spent

        with monitor.phase("compile"):
            march.compile()
        longest = math.inf if steps is None else (end - begin) / steps
        with monitor.phase("solve"):
            run = march.run(outputs=self._outputs(cells, need), longest=longest, watch=watch)
        self._count(run, cells, steps)
        return self._take(run, cells)

    def _check(self, volumes: Volumes) -> None:
        """Raise on initial data without real speeds; pass on what was found."""
        reason = volumes.unreal()
        if reason:
            raise ProblemError("a hyperbolic law at the start", reason, "Correct the initial data.")
        notes = self.task.monitor.record.notes
        notes += volumes.notes
        if volumes.positive.expressions:
            names = ", ".join(str(e) for e in volumes.positive.expressions)
            notes.append(f"kept positive: {names}")
        if not self.signals.exact:
            notes.append("wave speeds are bounds: the characteristic polynomial has no closed form")

    def _outputs(self, cells: Cells, need: float) -> int:
        """Return how many states to keep: every other step's, as far as memory goes."""
        interval = self.problem.interval
        assert interval is not None
        wanted = min(max(64.0, need * (interval[1] - interval[0]) / 2), MOST_OUTPUTS)
        limit = min(MEMORY_MB, self.task.monitor.budget.memory_mb / 4)
        size = 8e-6 * cells.size * len(self.problem.unknowns)
        return OUTPUTS * max(1, int(min(wanted, limit / size) / OUTPUTS))

    def _count(self, run: Run, cells: Cells, steps: int | None) -> None:
        record, interval = self.task.monitor.record, self.problem.interval
        assert interval is not None
        record.evaluations["steps"] = record.evaluations.get("steps", 0) + run.steps
        least = math.ceil((interval[1] - interval[0]) * run.need)
        if steps is not None and run.result is Result.SUCCESSFUL and steps < least:
            raise OptionError(
                f"at least {least} steps on {_shape(cells)}, for waves to cross at most"
                f" {self.options.cfl:g} of a cell in one",
                str(steps),
                "Raise steps, or leave them out.",
            )

    def _take(self, run: Run, cells: Cells) -> Result | None:
        """Take a level in: a finished coarser level is better than half of a finer one."""
        notes, interval = self.task.monitor.record.notes, self.problem.interval
        assert interval is not None
        if run.result is not Result.SUCCESSFUL and self.best is not None:
            return run.result
        made = field_of(cells, run.times, run.states, interval[1])
        if run.result is not Result.SUCCESSFUL:
            notes.append(f"only reached t = {run.times[-1]:.6g}; the state is held from there on")
        if self.best is not None:
            with self.task.monitor.phase("certify"):
                self.gaps.append(distance(made, self.best))
            history = self.task.monitor.record.history
            history.setdefault("agreement", []).append(self.gaps[-1].relative)
            history.setdefault("agreement in L1", []).append(self.gaps[-1].mean)
            self.shown = f"levels up to {_shape(cells)} and {run.steps} steps"
        self.best = made
        return None if run.result is Result.SUCCESSFUL else run.result

    def _certificate(self) -> Certificate:
        return certificate(self.gaps, self.shown)

    def answer(self, result: Result) -> Answer:
        """Return the best level with what is known of its error."""
        if self.best is None:
            raise MemoryError("no level was finished")
        record = self.task.monitor.record
        record.unknowns = int(np.prod(self.best.values.shape[1:]))
        record.evaluations["cells"] = max(self.best.values.shape[1:-1])
        if not self.gaps:
            return Answer(self.best, result, Certificate(assumptions=("no two levels to compare",)))
        found = self._certificate()
        if self.task.tol is not None and len(self.gaps) > 1 and found.relative > self.task.tol:
            record.notes += _outlook(self.gaps, found.relative / self.task.tol, record.evaluations)
        return Answer(self.best, result, found)


def _outlook(gaps: list[Distance], missing: float, counts: dict[str, int]) -> list[str]:
    """Return what the order of the levels says of a tolerance that was not reached."""
    with np.errstate(all="ignore"):
        order = float(np.log2(gaps[-2].relative / gaps[-1].relative))
    if not 0.05 < order < 0.9:
        return []
    cells = counts["cells"] * missing ** (1 / order)
    return [
        f"levels come closer in L2 with order {order:.2f}, as jumps do (1/2 for shocks, 1/3 for"
        f" contacts): the tolerance would take about {cells:.0e} cells along an axis"
    ]


def _shape(cells: Cells) -> str:
    return "x".join(map(str, cells.counts)) + " cells"
