"""Nodes that follow what is steep: evolving problems on an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Answer, Certificate, Method, OptionError, Result, Source, Task
from residuum.discretise.elements import (
    MovingField,
    MovingLine,
    MovingMarch,
    march_moving,
    refuse_elements,
)
from residuum.discretise.spectral import Gap
from residuum.problem import Problem, WeakForm, weak_form

TOL = 1e-2
FIRST, LARGEST = 40, 1280
STEPS = 8.0
"""Error per step over the inverse square of the cells: both errors then fall alike."""
TIMES, PLACES = 41, 1999
"""Where two levels are compared."""

HUANG = Source(
    "mmpde5",
    "Moving Mesh Partial Differential Equations (MMPDES) Based on the Equidistribution Principle",
    "W. Huang, Y. Ren, R. D. Russell",
    1994,
    "doi:10.1137/0731038",
    "verified",
)


@final
@dataclass(frozen=True)
class MovingMesh(Method):
    """Linear elements on nodes that follow steep fronts: evolving problems on an interval.

    Nodes obey MMPDE5, x_t = (m x_ξ)_ξ / τ with the monitor m = 1 + |u_x| / (strength · mean |u_x|),
    by one implicit step before every step of the equation: no cell is ever folded. The equation is
    solved in the frame of the nodes, u_t = du/dt - ẋ u_x, by an L-stable method of order two with
    controlled steps. Cells are doubled until two levels agree to the tolerance, 1e-2 by default.

    Good where one or few steep fronts travel or form: at 40 cells sixty times nearer than the same
    elements on even nodes for viscous Burgers. For smooth answers a fixed mesh of higher order is
    better; it breaks where fronts are many or cross the ends, and below twenty cells for a front.

    Args:
        cells: cells of the first level; 40 is good for one front, more for several.
        largest: most cells.
        levels: most levels; 1 solves once and certifies nothing.
        strength: of the monitor: with 1 half of the nodes go to what is steep, with 0.3 three
            quarters.
        lag: τ over the interval: 0.01 to 0.2. Below 0.001 nodes jump in every step.

    Raises:
        OptionError: an option is out of range.
    """

    cells: int = FIRST
    largest: int = LARGEST
    levels: int = 6
    strength: float = 1.0
    lag: float = 0.05

    name: ClassVar[str] = "moving_mesh"
    family: ClassVar[str] = "classical"
    sources: ClassVar[tuple[Source, ...]] = (HUANG,)

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int) for n in (self.cells, self.largest, self.levels))
        if not whole or self.cells < 4 or self.largest < self.cells or self.levels < 1:
            got = f"cells {self.cells}, largest {self.largest}, levels {self.levels}"
            raise OptionError("four cells, a largest above, a level", got, "Leave them out.")
        if not (self.strength > 0 and self.lag > 0):
            got = f"strength {self.strength}, lag {self.lag}"
            raise OptionError("a positive strength and lag", got, "Leave them out.")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem does not suit the method, or ``None``."""
        if problem.time is None:
            return "nodes move in time, and the problem is steady"
        if problem.shape is None or problem.shape.dimension != 1:
            return "nodes move on an interval"
        reason = refuse_elements(problem)
        if reason:
            return reason
        if any(problem.periodic_axes(u) for u in problem.unknowns):
            return "ends of the interval stay where they are, and the problem is periodic"
        form = weak_form(problem)
        if form.rates or form.multipliers or form.means:
            return "it takes equations of first order in time, without constraints"
        if len(form.unknowns) != len(problem.unknowns) or _stationary(problem):
            return "every unknown needs a time derivative and initial values"
        return None

    def run(self, problem: Problem, task: Task) -> Answer:
        """Solve; see ``Method.run``."""
        run = _Run(self, problem, task, weak_form(problem))
        try:
            return run.refined()
        except KeyboardInterrupt:
            if run.best is None:
                raise
            return run.answer(Result.INTERRUPTED)


def _stationary(problem: Problem) -> bool:
    """Whether an unknown has no initial values."""
    begun = [c.unknown for c in problem.conditions if c.kind == "initial"]
    return any(u not in begun for u in problem.unknowns)


@final
@dataclass
class _Run:
    """One solve: the levels so far."""

    options: MovingMesh
    problem: Problem
    task: Task
    form: WeakForm
    best: MovingField | None = None
    distance: Gap | None = None
    shown: str = ""
    gaps: list[float] = field(default_factory=list)

    def refined(self) -> Answer:
        """Double the cells until two levels agree."""
        tol = TOL if self.task.tol is None else self.task.tol
        cells, monitor = self.options.cells, self.task.monitor
        for level in range(self.options.levels):
            if cells > self.options.largest:
                monitor.record.notes.append(f"more than {self.options.largest} cells are needed")
                return self.answer(Result.STAGNATED)
            found = self._level(cells, level)
            if not found.result.ok:
                if self.best is None:
                    self.best = self._field(found)
                return self.answer(found.result)
            self._take(found)
            if self.distance is not None and self.distance.relative <= tol:
                return self.answer(Result.SUCCESSFUL)
            cells *= 2
        done = Result.SUCCESSFUL if self.options.levels == 1 else Result.STAGNATED
        return self.answer(done)

    def _level(self, cells: int, level: int) -> MovingMarch:
        monitor = self.task.monitor

        def watch(share: float) -> bool:
            monitor.update(min((level + share) / 6, 0.95), f"{cells} moving cells")
            return bool(monitor.spent)

        interval = self.problem.interval
        assert interval is not None
        with monitor.phase("solve"):
            return march_moving(
                MovingLine(self.problem, self.form, cells),
                tol=STEPS / cells**2,
                strength=self.options.strength,
                lag=self.options.lag * (interval[1] - interval[0]),
                watch=watch,
            )

    def _field(self, found: MovingMarch) -> MovingField:
        (axis,) = (k for k, c in enumerate(self.problem.coordinates) if c.role == "space")
        times, nodes, values = (
            jnp.asarray(part) for part in (found.times, found.nodes, found.values)
        )
        return MovingField(times, nodes, values, axis)

    def _take(self, found: MovingMarch) -> None:
        made = self._field(found)
        if self.best is not None:
            with self.task.monitor.phase("compare"):
                self.distance = _gap(made, self.best)
            self.gaps.append(self.distance.relative)
            self.task.monitor.record.history.setdefault("agreement", []).append(self.gaps[-1])
        self.best = made
        count, steps = found.nodes.shape[1] - 1, len(found.times) - 1
        self.shown = f"{count} cells, {steps} steps"

    def answer(self, result: Result) -> Answer:
        """Hand back the finest level with what is known of its error."""
        assert self.best is not None
        self.task.monitor.record.unknowns = int(np.prod(self.best.values.shape[1:]))
        certificate = Certificate(assumptions=(f"{result.value}; no two levels to compare",))
        if self.distance is not None:
            certificate = self.distance.certificate(
                f"agreement of two levels, the finer of {self.shown}", "asymptotic convergence"
            )
        return Answer(self.best, result, certificate)


def _gap(fine: MovingField, coarse: MovingField) -> Gap:
    """Return the distance in L2 over space and time, at even times and at midpoints of cells."""
    times, nodes = np.asarray(fine.times), np.asarray(fine.nodes)
    places = nodes[0, 0] + (nodes[0, -1] - nodes[0, 0]) * (np.arange(PLACES) + 0.5) / PLACES
    error, size = 0.0, 0.0
    for share in (np.arange(TIMES) + 0.5) / TIMES:
        # Times crowd towards the start, where layers of the initial data are.
        when = times[0] + (times[-1] - times[0]) * share**2
        points = np.empty((PLACES, 2))
        points[:, 1 - fine.axis], points[:, fine.axis] = when, places
        a, b = fine.numeric(points), coarse.numeric(points)
        error = error + 2 * share * ((a - b) ** 2).mean(axis=0)
        size = size + 2 * share * (a**2).mean(axis=0)
    volume = (times[-1] - times[0]) * (nodes[0, -1] - nodes[0, 0])
    ratio = np.sqrt(error / np.maximum(size, 1e-20 * np.max(size) + 1e-300))
    absolute = math.sqrt(float(np.sum(error)) / TIMES * volume)
    return Gap(absolute, float(np.max(ratio)))
