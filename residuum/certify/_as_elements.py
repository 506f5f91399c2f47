"""Any field as finite elements: L2 projection on a mesh, at times that grow in number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

from residuum._core import Field, OptionError
from residuum.certify._representation import Representation
from residuum.discretise.elements import ELEMENTS, Space, evolving_field, steady_field
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Problem, Solution

FIRST, LEVELS = 8, 6
STEPS, IN_TIME = 4, 3
"""Time steps of the first level, and the degree of the polynomials in each."""
MOST = 60_000
"""Degrees of freedom of an unknown."""
MOST_STORED = 6_000_000
"""Numbers of an unknown over all times."""


@final
@dataclass(frozen=True)
class AsElements(Representation):
    """Lagrange elements of an order on a mesh of the domain in space.

    Args:
        order: of the polynomials, 1 to 3.
        size: length of the edges; if left out, halved until the answer is followed, from an eighth
            of the longest side.

    An evolving answer is projected at the nodes of cubic polynomials in time, whose steps are
    halved along with the edges. Breaks at jumps, where each halving gains a factor √2 only.
    """

    order: int = 2
    size: float | None = None

    name: ClassVar[str] = "elements"

    def __post_init__(self) -> None:
        if (2, self.order) not in ELEMENTS:
            raise OptionError("an order of 1, 2 or 3", repr(self.order), "Correct it.")
        if self.size is not None and not 0 < self.size < np.inf:
            raise OptionError("a size of more than zero", repr(self.size), "Leave it out, say.")

    def refuse(self, problem: Problem) -> str | None:
        if problem.shape is None:
            return "a mesh needs space, and there is time alone"
        if (problem.shape.dimension, self.order) not in ELEMENTS:
            return f"no elements of order {self.order} in {problem.shape.dimension} dimensions"
        return None

    def attempts(self, solution: Solution, tol: float) -> Iterator[tuple[Field, str]]:
        shape = solution.problem.shape
        assert shape is not None
        size = self.size or float(np.ptp(shape.bounds, axis=1).max()) / FIRST
        for level in range(LEVELS):
            mesh = mesh_of(shape, size)
            steps = STEPS << level if solution.problem.interval else 0
            space = Space(mesh, (self.order,), degree=2 * self.order + 2)
            if level and _too_large(space, steps):
                return
            words = f"elements of order {self.order} on {len(mesh.cells)} cells"
            words += f" in {steps} steps" if steps else ""
            yield _projected(solution, mesh, space, steps), words
            if self.size is None:
                size /= 2
            elif not steps:
                return


def _too_large(space: Space, steps: int) -> bool:
    return space.size > MOST or space.size * (steps * IN_TIME + 1) > MOST_STORED


def _projected(solution: Solution, mesh: Mesh, space: Space, steps: int) -> Field:
    problem, order = solution.problem, space.orders[0]
    where = space.volume
    places = where.points.reshape(len(where.points), -1).T
    columns = [mesh.axes.index(c.name) for c in problem.space]
    project = _Projection(space)
    names = [c.name for c in problem.coordinates]
    axes, m = tuple(names.index(axis) for axis in mesh.axes), len(problem.unknowns)
    whole = Space(mesh, (order,) * m, degree=space.degree)
    if problem.interval is None:
        state = project(solution.at(np.ascontiguousarray(places[:, columns])))
        return steady_field(whole, state.T.ravel(), m, axes)
    knots = np.linspace(*problem.interval, steps + 1)
    states = []
    for time in np.linspace(*problem.interval, steps * IN_TIME + 1):
        points = np.column_stack([np.full(len(places), time), places[:, columns]])
        states.append(project(solution.at(points)).T.ravel())
    return evolving_field(whole, knots, np.array(states), m, axes)


class _Projection:
    """Values at quadrature points to the coefficients of the nearest function in L2."""

    def __init__(self, space: Space) -> None:
        where = space.volume
        table: Any = where.tables[space.orders[0]]
        self.size, self.dofs = space.size, table.dofs
        self.loads = table.value * where.weights[:, None, :]
        blocks = np.einsum(
            "ciq,cjq->cij", self.loads, np.broadcast_to(table.value, self.loads.shape)
        )
        rows = np.broadcast_to(self.dofs[:, :, None], blocks.shape)
        matrix = coo_matrix(
            (blocks.ravel(), (rows.ravel(), rows.transpose(0, 2, 1).ravel())),
            shape=(self.size, self.size),
        )
        self.solver = splu(matrix.tocsc())

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return coefficients (size, m) of values (points, m)."""
        cells = values.reshape(len(self.dofs), -1, values.shape[1])
        local = np.einsum("ciq,cqm->cim", self.loads, cells)
        right = np.zeros((self.size, values.shape[1]))
        np.add.at(right, self.dofs.ravel(), local.reshape(-1, values.shape[1]))
        return np.asarray(self.solver.solve(right))
