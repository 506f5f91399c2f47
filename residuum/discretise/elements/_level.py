"""A problem solved on one mesh: spaces, system, steady or in time."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from residuum._core import Field, Monitor, Result, one_blas_thread
from residuum.discretise.elements._evolving import Marched, march
from residuum.discretise.elements._field import ElementField, evolving_field, steady_field
from residuum.discretise.elements._indicator import indicator
from residuum.discretise.elements._reference import ELEMENTS
from residuum.discretise.elements._space import Space
from residuum.discretise.elements._steady import solve_steady
from residuum.discretise.elements._system import System
from residuum.geometry.mesh import Mesh
from residuum.problem import Problem, WeakForm

LOOKS = 6
"""Times at which an evolving answer is looked at to see where its mesh is too coarse."""


@final
@dataclass
class Level:
    """One mesh and the answer on it.

    Args:
        mesh, space: the mesh and the spaces on it.
        field: the answer.
        result: how the solve ended.
        indicator: where to refine, (cells,); ``None`` for everywhere.
        notes: what a user should know.
        path: the linear solver's path.
        misfit: how far the conditions are from having a solution, relative to the load.
    """

    mesh: Mesh
    space: Space
    field: ElementField
    result: Result
    indicator: np.ndarray | None
    notes: list[str] = dataclasses.field(default_factory=list)
    path: str = ""
    misfit: float = 0.0

    @property
    def unknowns(self) -> int:
        """Number of unknowns."""
        return self.space.size

    def __str__(self) -> str:
        steps = f", {len(self.field.knots) - 1} steps" if not self.field.steady else ""
        return f"{len(self.mesh.cells)} cells, {self.unknowns} unknowns{steps}"


@final
@dataclass
class Levels:
    """Solves one problem on any mesh.

    Args:
        problem: the statement.
        form: its weak form.
        order: polynomial order asked for; 3 where there is such an element by default.
        scheme: the time scheme.
        adapt: whether to compute where to refine.
        monitor: clock, budget and record.
        given: where Newton's method starts on the first mesh.
        offset: a known field; the answers are then what is missing from it to a solution.
    """

    problem: Problem
    form: WeakForm
    order: int | None
    scheme: Any
    adapt: bool
    monitor: Monitor
    given: Field | None = None
    offset: Field | None = None
    _kept: tuple[Mesh, System] | None = None

    def solve(
        self,
        mesh: Mesh,
        last: Level | None,
        *,
        tol: float,
        number: int,
        longest: float = math.inf,
    ) -> Level:
        """Solve on a mesh.

        Args:
            mesh: the mesh.
            last: the answer on a coarser mesh, where Newton's method starts.
            tol: tolerance of the steps in time.
            number: which level it is, for the progress shown.
            longest: longest step in time.
        """
        self.monitor.update(min(number / 12, 0.95), f"{len(mesh.cells)} cells")
        with self.monitor.phase("solve"), one_blas_thread():
            system = self._system(mesh)
            if self.problem.time is None:
                return self._steady(mesh, system, last)
            return self._evolving(mesh, system, number, (tol, longest))

    def orders(self, mesh: Mesh) -> tuple[int, ...]:
        """Return the polynomial order of every unknown: one less for multipliers."""
        order = self.order or 3
        if self.form.multipliers:
            order = max(order, 2)
        while (mesh.dimension, order) not in ELEMENTS:
            order -= 1
        lower = self.form.multipliers
        return tuple(order - (j in lower) for j in range(len(self.form.unknowns)))

    def _system(self, mesh: Mesh) -> System:
        """Return the discrete equations, those of the last mesh made once."""
        if self._kept is None or self._kept[0] is not mesh:
            self._kept = (mesh, self.system(mesh))
        return self._kept[1]

    def system(self, mesh: Mesh) -> System:
        """Return the discrete equations on a mesh."""
        orders, unknowns = self.orders(mesh), self.problem.unknowns
        m = len(unknowns)
        owners = [unknowns[j if j < m else self.form.rates[j - m]] for j in range(len(orders))]
        pairs = tuple(
            tuple((f"{axis}_min", f"{axis}_max") for axis in self.problem.periodic_axes(u))
            for u in owners
        )
        constant = bool(self.problem.traits.linear) and not self.problem.coefficients
        degree = 2 * max(orders) + (0 if constant else 2)
        space = Space(mesh, orders, degree=degree, periodic=pairs)
        return System(self.problem, self.form, space, offset=self.offset)

    def axes(self, mesh: Mesh) -> tuple[int, ...]:
        """Return for each axis of a mesh its column among the points of a field."""
        names = [c.name for c in self.problem.coordinates]
        return tuple(names.index(axis) for axis in mesh.axes)

    def _count(self, counts: dict[str, int]) -> None:
        found = self.monitor.record.evaluations
        for name, value in counts.items():
            found[name] = found.get(name, 0) + value

    def _steady(self, mesh: Mesh, system: System, last: Level | None) -> Level:
        start = None if system.linear else self._start(system, last)
        found = solve_steady(system, start, watch=lambda *_: not self.monitor.spent)
        made = steady_field(system.space, found.state, len(self.problem.unknowns), self.axes(mesh))
        self._count({"newton": found.newton, "linear iterations": found.iterations})
        errors = self._errors(system, found.state)
        level = Level(mesh, system.space, made, found.result, errors, found.notes, found.path)
        level.misfit = found.misfit
        return level

    def _errors(self, system: System, state: np.ndarray) -> np.ndarray | None:
        if not self.adapts(system):
            return None
        return indicator(system, state, energy=self._energy)

    @property
    def _energy(self) -> bool:
        """Whether a pressure of finite L2 norm counts: its error is that of the energy norm."""
        jumps = any(c.kind == "dirichlet" and c.jump for c in self.problem.conditions)
        return bool(self.form.multipliers) and not jumps

    def adapts(self, system: System) -> bool:
        """Whether meshes are refined in places: not on a line, nor across periodic sides."""
        return self.adapt and system.space.mesh.dimension > 1 and not system.slaves.size

    def _start(self, system: System, last: Level | None) -> np.ndarray | None:
        """Return the last level's answer, or the one given, at the degrees of freedom."""
        field: Field | None = self.given if last is None else last.field
        if field is None:
            return None
        state, axes = np.zeros(system.size), self.axes(system.space.mesh)
        for j in range(len(self.problem.unknowns)):
            places, first = system.space.places(j), system.space.offsets[j]
            points = np.zeros((len(places), len(axes)))
            points[:, list(axes)] = places
            values = field.numeric(points)
            if values is None:
                values = np.asarray(field(jnp.asarray(points)))
            state[first : first + len(places)] = values[:, j]
        return state

    def _evolving(
        self, mesh: Mesh, system: System, number: int, steps: tuple[float, float]
    ) -> Level:
        tol, longest = steps
        watch = _Watch(self, system, mesh, number)
        found = march(system, tol=tol, scheme=self.scheme, watch=watch, longest=longest)
        count = len(self.problem.unknowns)
        made = evolving_field(system.space, found.knots, found.states, count, self.axes(mesh))
        self._count(found.counts)
        notes = []
        if found.result is not Result.SUCCESSFUL:
            reached = found.knots[-1]
            notes.append(f"only reached t = {reached:.6g}; the last state is held from there on")
        if watch.full:
            most = self.monitor.budget.memory_mb
            notes.append(f"{watch.steps} steps of {system.size} numbers fill half of {most:.0f} MB")
        errors = self._over_time(system, found) if self.adapts(system) else None
        return Level(mesh, system.space, made, found.result, errors, notes, found.path)

    def _over_time(self, system: System, found: Marched) -> np.ndarray:
        """Return the indicator added up over some times, every one with the same weight."""
        degree = (len(found.states) - 1) // (len(found.knots) - 1)
        total = np.zeros(len(system.space.mesh.cells))
        # The start is left out: it is interpolated, not solved for.
        steps = np.unique(np.linspace(1, len(found.knots) - 1, LOOKS).astype(int))
        for step in steps:
            state = np.zeros(system.size)
            state[: system.space.size] = found.states[step * degree]
            total += indicator(system, state, float(found.knots[step]), energy=self._energy)
        return total


@final
class _Watch:
    """Tells how far a march is, and ends it where time or memory is used up."""

    def __init__(self, levels: Levels, system: System, mesh: Mesh, number: int) -> None:
        interval = levels.problem.interval
        assert interval is not None
        self.monitor, self.interval = levels.monitor, interval
        self.words, self.number = f"{len(mesh.cells)} cells", number
        # Within a step every number is a polynomial of some four coefficients.
        self.step_mb = 4 * 8 * system.size / 1e6
        self.steps = 0

    @property
    def full(self) -> bool:
        """Whether the steps fill half of the memory; two meshes are compared."""
        return self.steps * self.step_mb > self.monitor.budget.memory_mb / 2

    def __call__(self, time: float) -> bool:
        """Note a step; return whether to go on."""
        first, last = self.interval
        self.steps += 1
        share = (self.number + (time - first) / (last - first)) / 8
        self.monitor.update(min(share, 0.95), f"{self.words}: t = {time:.4g}")
        return not (self.monitor.spent or self.full)
