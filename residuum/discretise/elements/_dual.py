"""The residual of a field weighted by the solution of the adjoint problem of a quantity."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from residuum._core import Field, Monitor, Result, one_blas_thread
from residuum.discretise.elements._field import ElementField, steady_field
from residuum.discretise.elements._functional import Functional
from residuum.discretise.elements._level import Levels
from residuum.discretise.elements._location import shape_functions
from residuum.discretise.elements._quantity import Quantity
from residuum.discretise.elements._reference import nodes
from residuum.discretise.elements._space import Space
from residuum.discretise.elements._steady import solver_of
from residuum.discretise.elements._system import System
from residuum.discretise.time import ESDIRK4
from residuum.geometry.mesh import Mesh
from residuum.problem import Problem, WeakForm


@final
@dataclass(eq=False)
class Dual:
    """The dual-weighted residual of a field on one mesh.

    Args:
        mesh, system: where it was solved.
        before: J(v), of the field itself.
        first: -R(v; z), the misfits of boundary values included: J(u) - J(v) but for squares.
        second: what the squares add, by the residual that one Newton step leaves, weighted by z.
        adjoint: z as a field, one value per unknown: what a residual in a place is worth to J.
        result: how the solves ended.
        indicator: where to refine for the sake of J, (cells,); ``None`` for everywhere.
        notes: what a user should know.
    """

    mesh: Mesh
    system: System
    before: float
    first: float
    second: float
    adjoint: ElementField
    result: Result
    indicator: np.ndarray | None
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def unknowns(self) -> int:
        """Number of unknowns."""
        return self.system.space.size

    @property
    def error(self) -> float:
        """J(u) - J(v) as this mesh has it."""
        return self.first + self.second

    def __str__(self) -> str:
        return f"{len(self.mesh.cells)} cells"


@final
class Duals:
    """Weighs the residual of a field by what it is worth to a quantity, on any mesh.

    With F(e) the weak residual of v + e, e = g where values are given and J'(v) the derivative of
    the quantity, all at the answer v, one matrix F'(0) is factored for both F'(0) e = -F(0) and
    F'(0)ᵀ z = J'(v). Then J(u) - J(v) = -z·F(0) + (J'(v) - F'(0)ᵀ z)·g but for squares of e. Of a
    flux that is read from the weak form, what J has of F itself is taken into z.

    Args:
        problem: the statement, steady.
        form: its weak form.
        field: v.
        quantity: J.
        order: polynomial order of the adjoint solution; the highest there is by default.
        monitor: clock, budget and record.
    """

    def __init__(
        self,
        problem: Problem,
        form: WeakForm,
        field: Field,
        quantity: Quantity,
        *,
        order: int | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        self.problem, self.quantity = problem, quantity
        monitor = monitor or Monitor()
        self.levels = Levels(
            problem, form, order, ESDIRK4(), adapt=True, monitor=monitor, offset=field
        )

    def solve(self, mesh: Mesh, last: Dual | None = None, *, number: int = 0) -> Dual:
        """Solve on a mesh; coarser ones, ``last`` and their ``number``, are of no use to it.

        Raises:
            FloatingPointError: the field or a derivative of it is not finite.
            OptionError: the place of the quantity lies outside the mesh.
        """
        system = self.levels.system(mesh)
        with one_blas_thread():
            return self._solved(mesh, system, Functional(self.quantity, system))

    def _solved(self, mesh: Mesh, system: System, functional: Functional) -> Dual:
        zero, free = np.zeros(system.size), system.free
        matrix, left = system.jacobian(0.0, zero), system.residual(0.0, zero)
        weights = functional.slope(zero)
        aim, shift = _levelled(system, weights)
        solver = solver_of(system, matrix)
        start = zero.copy()
        held, values = system.fixed(0.0)
        start[held] = values
        start = system.spread(start)
        step = solver.solve(-(left + matrix @ start)[free])
        turned = solver.solve_transposed(aim[free])
        error, adjoint = start.copy(), zero.copy()
        error[free] += step.values
        adjoint[free] = turned.values
        result = next((r.result for r in (step, turned) if not r.result.ok), step.result)
        before, value = functional.plain(zero), functional.value(zero)
        first = value - before + shift - adjoint @ left + (aim - matrix.T @ adjoint) @ start
        second, whole = 0.0, system.levelled(system.spread(error), 0.0)
        if not (system.linear and functional.integrand.linear):
            second = functional.value(whole) - value - weights @ whole
            second -= adjoint[free] @ system.residual(0.0, system.spread(error))[free]
        adjoint = system.spread(adjoint - functional.lift)
        count = len(self.problem.unknowns)
        field = steady_field(system.space, adjoint, count, self.levels.axes(mesh))
        shares = None
        if self.levels.adapts(system):
            shares = weighted(system.space, matrix, error, adjoint)
        notes = [item.reason for item in (step, turned) if item.reason]
        return Dual(mesh, system, before, float(first), float(second), field, result, shares, notes)


def _levelled(system: System, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the derivative before pinned unknowns are given their means, and what those add."""
    weights, shift = weights.copy(), 0.0
    for item in system.constraints:
        if item.mean is not None:
            total = float(weights[system.components == item.unknown].sum()) / item.mean.sum()
            weights[: system.space.size] -= total * item.mean
            shift += total * item.asked(0.0, system.offset)
    return weights, shift


def weighted(space: Space, matrix: Any, error: np.ndarray, adjoint: np.ndarray) -> np.ndarray:
    """Return for each cell what elements of one order less would miss of the quantity's error.

    With I the interpolation one order lower this is a(e - Ie, z - Iz) taken apart by the nodes of
    the basis, as residuals of Ie weighted by z - Iz and residuals of Iz weighted by e - Ie, each in
    its absolute value; a node is shared evenly among its cells. By Galerkin orthogonality the
    sum is the error of the estimate, one order lower: nothing else is needed of e and z. (The
    localisation by nodes is that of M. Braack and A. Ern 2003, doi:10.1137/S1540345902410482.)

    Args:
        space: the spaces.
        matrix: a, (size, size).
        error, adjoint: e and z, (size,).
    """
    lost = [_above(space, state) for state in (error, adjoint)]
    nodal = np.abs(lost[1] * (matrix @ lost[0])) + np.abs(lost[0] * (matrix.T @ lost[1]))
    total = np.zeros(len(space.mesh.cells))
    for j in range(len(space.orders)):
        own = space.offsets[j] + space.cell_dofs(j)
        cells = np.bincount(own.ravel(), minlength=space.size)
        total += (nodal[own] / cells[own]).sum(axis=1)
    return total


def _above(space: Space, state: np.ndarray) -> np.ndarray:
    """Return a state less its interpolation one order lower; less cell means at order one."""
    found = np.zeros_like(state)
    for j, order in enumerate(space.orders):
        own = space.offsets[j] + space.cell_dofs(j)
        parts = state[own] @ (np.eye(own.shape[1]) - _lower(space.mesh.dimension, order)).T
        cells = np.bincount(own.ravel(), minlength=space.size)
        # Cells agree on shared nodes, but for means, of which the mean is taken.
        sums = np.bincount(own.ravel(), parts.ravel(), minlength=space.size)
        found[: space.size] += sums / np.maximum(cells, 1)
    return found


def _lower(dimension: int, order: int) -> np.ndarray:
    """Return the interpolation one order lower, between the nodes of an order."""
    every = nodes(dimension, order)
    if order == 1:
        return np.full((len(every), len(every)), 1 / len(every))
    fewer = nodes(dimension, order - 1)
    down, up = (
        shape_functions(fewer, dimension, order),
        shape_functions(every, dimension, order - 1),
    )
    return np.asarray(up @ down)
