"""Defect correction: the weak form solved for what is missing from a field to a solution."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum._core import Field, Monitor, Result, one_blas_thread
from residuum.discretise.elements._evolving import Marched, Moving, initial_state
from residuum.discretise.elements._field import ElementField, evolving_field, steady_field
from residuum.discretise.elements._gap import TIMES, Rows
from residuum.discretise.elements._indicator import indicator
from residuum.discretise.elements._level import Levels
from residuum.discretise.elements._steady import solve_steady
from residuum.discretise.elements._steps import MORE
from residuum.discretise.elements._system import System
from residuum.discretise.time import ESDIRK4, Evolution, evolve
from residuum.geometry.mesh import Mesh
from residuum.problem import Problem, WeakForm

STEP_TOL, STEP_FACTOR = 0.02, 1 / 4
"""Tolerance of the steps in time relative to the error itself, and its factor per mesh."""
LOOKS = (0.1, 0.5, 1.0)
"""Shares of the time at which the mesh is looked at."""


@final
@dataclass(frozen=True, eq=False)
class Sizes:
    """Norms by unknown, in L2 over space and time and as the largest value.

    Args:
        error: of what is missing, (m,).
        gap: of the difference of what two meshes say is missing.
        value: of the field and what is missing from it together.
    """

    error: np.ndarray
    gap: np.ndarray
    value: np.ndarray

    def relative(self, what: np.ndarray) -> np.ndarray:
        """Return norms over those of the solution, unknown by unknown."""
        least = 1e-10 * float(self.value.max(initial=0.0)) + 1e-300
        return np.asarray(what / np.maximum(self.value, least))


@final
@dataclass(eq=False)
class Defect:
    """What is missing from a field, on one mesh.

    Args:
        mesh, system: where it was solved.
        state: coefficients of a steady answer, (size,).
        field: what is missing.
        result: how the solve ended.
        indicator: where to refine, (cells,); ``None`` for everywhere.
        notes: what a user should know.
    """

    mesh: Mesh
    system: System
    state: np.ndarray
    field: ElementField
    result: Result
    indicator: np.ndarray | None
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def unknowns(self) -> int:
        """Number of unknowns."""
        return self.system.space.size

    def carried(self, other: Defect) -> np.ndarray:
        """Return a steady answer on another mesh at the degrees of freedom of this one."""
        return carried(self.system, other.field)

    def __str__(self) -> str:
        steps = f", {len(self.field.knots) - 1} steps" if not self.field.steady else ""
        return f"{len(self.mesh.cells)} cells{steps}"


@final
class Defects:
    """Solves R(v + e) = 0 for e on any mesh, v being a given field of any kind.

    The mesh has to resolve the error e alone. Boundary and initial values that v misses are part
    of e.

    Args:
        problem: the statement.
        form: its weak form.
        field: v.
        order: polynomial order; the highest there is by default.
        monitor: clock, budget and record.
    """

    def __init__(
        self,
        problem: Problem,
        form: WeakForm,
        field: Field,
        *,
        order: int | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        self.problem, self.form = problem, form
        self.monitor = monitor or Monitor()
        self.levels = Levels(
            problem, form, order, ESDIRK4(), adapt=True, monitor=self.monitor, offset=field
        )

    def solve(self, mesh: Mesh, last: Defect | None = None, *, number: int = 0) -> Defect:
        """Solve on a mesh.

        Args:
            mesh: the mesh.
            last: what a coarser mesh gave, to start from.
            number: how many meshes came before; steps in time shrink with it.

        Raises:
            FloatingPointError: the field or a derivative of it is not finite.
        """
        system = self.levels.system(mesh)
        with one_blas_thread():
            if self.problem.time is None:
                return self._steady(mesh, system, last)
            return self._evolving(mesh, system, last, number)

    def _steady(self, mesh: Mesh, system: System, last: Defect | None) -> Defect:
        start = None if system.linear or last is None else carried(system, last.field)
        found = solve_steady(system, start, watch=lambda *_: not self.monitor.spent)
        count = len(self.problem.unknowns)
        made = steady_field(system.space, found.state, count, self.levels.axes(mesh))
        errors = indicator(system, found.state) if self.levels.adapts(system) else None
        return Defect(mesh, system, found.state, made, found.result, errors, found.notes)

    def _evolving(self, mesh: Mesh, system: System, last: Defect | None, number: int) -> Defect:
        interval = self.problem.interval
        assert interval is not None
        start = initial_state(system)
        moving = Moving(system, start)
        moving.weights = self._weights(moving, start, last)

        def marched(longest: float) -> Evolution:
            return evolve(
                moving,
                interval,
                start[system.free],
                tol=STEP_TOL * STEP_FACTOR**number,
                scheme=ESDIRK4(longest=longest),
                watch=lambda _: not self.monitor.spent,
            )

        evolution = marched(math.inf)
        before = 0 if last is None else len(last.field.knots) - 1
        if evolution.result.ok and len(evolution.times) - 1 < MORE * before:
            # The same steps on two meshes would agree whatever their error is.
            evolution = marched((interval[1] - interval[0]) / (2 * before))
        found = Marched(moving, evolution)
        count = len(self.problem.unknowns)
        made = evolving_field(
            system.space, found.knots, found.states, count, self.levels.axes(mesh)
        )
        errors = self._over_time(system, found) if self.levels.adapts(system) else None
        return Defect(mesh, system, start, made, found.result, errors)

    def _weights(self, moving: Moving, start: np.ndarray, last: Defect | None) -> np.ndarray:
        """Return the size of the error of each free number's unknown: steps are judged by it."""
        found = np.maximum(moving.weights, 1e-300)
        m = len(self.problem.unknowns)
        for j in np.unique(moving.groups):
            own = moving.groups == j
            if last is not None and j < m:
                values = np.asarray(last.field.values[j])
                size = float(np.sqrt((values**2).mean()))
                found[own] = size if size > 0 else 1.0
            elif last is None:
                # A start right to rounding has no size: what the first rates reach counts.
                found[own] = np.maximum(found[own], moving.reach(start, int(j)))
        return found

    def _over_time(self, system: System, found: Marched) -> np.ndarray:
        total = np.zeros(len(system.space.mesh.cells))
        steps = len(found.knots) - 1
        degree = (len(found.states) - 1) // steps
        for step in sorted({max(int(share * steps), 1) for share in LOOKS}):
            state = np.zeros(system.size)
            state[: system.space.size] = found.states[step * degree]
            total += indicator(system, state, float(found.knots[step]))
        return total


def carried(system: System, field: ElementField) -> np.ndarray:
    """Return a steady field at the degrees of freedom of another mesh, (size,)."""
    state = np.zeros(system.size)
    for j in range(len(field.orders)):
        places, first = system.space.places(j), system.space.offsets[j]
        points = np.zeros((len(places), len(field.axes)))
        points[:, list(field.axes)] = places
        state[first : first + len(places)] = field.numeric(points)[:, j]
    return state


def sizes(fine: Defect, coarse: Defect) -> dict[str, Sizes]:
    """Return norms of what two meshes say is missing, by norm: "L2" and "max".

    Raises:
        FloatingPointError: the field is not finite.
    """
    space, offset = fine.system.space, fine.system.offset
    assert offset is not None
    where = space.volume
    points = where.points.reshape(len(where.points), -1).T
    weights = where.weights.ravel()[:, None]
    rows = [Rows(item.field, points) for item in (fine, coarse)]
    shares = [0.0] if fine.field.steady else ((np.arange(TIMES) + 0.5) / TIMES) ** 2
    squares, largest = np.zeros((3, offset.count)), np.zeros((3, offset.count))
    for share in shares:
        factor = 1.0 if fine.field.steady else 2 * np.sqrt(share)
        a, b = (item.at(share) for item in rows)
        known = [offset.at(j, points, _time(fine.field, share)) for j in range(offset.count)]
        for k, values in enumerate((a, a - b, np.stack(known, axis=1) + a)):
            squares[k] += factor * (weights * values**2).sum(axis=0)
            largest[k] = np.maximum(largest[k], np.abs(values).max(axis=0))
    length = 1.0 if fine.field.steady else _time(fine.field, 1.0) - _time(fine.field, 0.0)
    return {"L2": Sizes(*np.sqrt(squares * length / len(shares))), "max": Sizes(*largest)}


def _time(field: ElementField, share: float) -> float:
    if field.steady:
        return 0.0
    knots = np.asarray(field.knots)
    return float(knots[0] + share * (knots[-1] - knots[0]))
