"""Linear elements on a line whose nodes move."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, final

import numpy as np

from residuum.discretise.elements._assembly import Term, vector
from residuum.discretise.elements._integrand import RATE, Integrand
from residuum.discretise.elements._space import Quadrature, Space, Table
from residuum.discretise.elements._system import System
from residuum.geometry.mesh import mesh_of
from residuum.problem import Problem, WeakForm

_GAUSS = np.polynomial.legendre.leggauss(4)


@final
class MovingLine:
    """F(t, x, ẋ, u, du/dt) = 0 for linear elements on moving nodes x.

    In the frame of the nodes u_t is du/dt - ẋ u_x; all else is the weak form on the nodes of the
    moment.

    Args:
        problem: evolving, on an interval.
        form: its weak form.
        cells: number of cells.
    """

    def __init__(self, problem: Problem, form: WeakForm, cells: int) -> None:
        assert problem.shape is not None
        (low, high) = problem.shape.bounds[0]
        mesh = mesh_of(problem.shape, (high - low) / cells * (1 + 1e-9))
        self.problem, self.form = problem, form
        self.space = Space(mesh, (1,) * len(form.unknowns), degree=4)
        self.system = System(problem, form, self.space)
        self.order = np.argsort(mesh.points[:, 0])
        self.unknowns, self.count = len(form.unknowns), len(mesh.points)
        self.start = mesh.points[self.order, 0]
        self._ends: dict[str, Quadrature] = {}
        self._inside = [(e.test, self._integrand((e.source, *e.flux))) for e in form.equations]
        self._sides = [
            (e.test, part, self._integrand((value,)))
            for e in form.equations
            for part, value in e.boundary.items()
            if value != 0
        ]

    def _integrand(self, expressions: tuple[Any, ...]) -> Integrand:
        return Integrand(self.form, expressions, self.system.known, self.system.parameters)

    def ordered(self, state: np.ndarray) -> np.ndarray:
        """Return coefficients (size,) as values at the nodes from left to right, (n, unknowns)."""
        return state.reshape(self.unknowns, -1)[:, self.order].T

    def numbered(self, values: np.ndarray) -> np.ndarray:
        """Return values (n, unknowns) from left to right as coefficients (size,)."""
        found = np.empty((self.unknowns, self.count))
        found[:, self.order] = values.T
        return found.reshape(-1)

    def quadrature(self, nodes: np.ndarray) -> Quadrature:
        """Return the quadrature over the cells between nodes (n,) from left to right."""
        points, weights = (_GAUSS[0] + 1) / 2, _GAUSS[1] / 2
        cells = self.order[np.stack([np.arange(self.count - 1), np.arange(1, self.count)], axis=1)]
        width = np.diff(nodes)[:, None]
        shape = (len(width), 1, len(points))
        value = np.concatenate(
            [np.broadcast_to(1 - points, shape), np.broadcast_to(points, shape)], axis=1
        )
        slope = np.broadcast_to(
            (np.array([-1.0, 1.0]) / width)[:, :, None, None], (*shape[:1], 2, 1, 4)
        )
        places = (nodes[:-1, None] + width * points)[None]
        return Quadrature(places, width * weights, {1: Table(cells, value, slope)})

    def residual(
        self, time: float, nodes: np.ndarray, speed: np.ndarray, state: np.ndarray, rate: np.ndarray
    ) -> np.ndarray:
        """Return F, (size,), before conditions; ``speed`` is ẋ at the nodes."""
        where = self.quadrature(nodes)
        table = where.tables[1]
        along = np.einsum("cq,c->cq", table.value[:, 0], speed[:-1])
        along = along + np.einsum("cq,c->cq", table.value[:, 1], speed[1:])
        known: Any = defaultdict(float)
        for j in range(self.unknowns):
            local = state[self.space.offsets[j] + table.dofs]
            known[j, RATE] = -along * np.einsum("ci,ciq->cq", local, table.slope[:, :, 0])
        found = np.zeros(self.space.size)
        for test, integrand in self._inside:
            found += vector(self.space, Term(test, integrand, where), state, rate, time, known)
        for test, part, integrand in self._sides:
            own = Term(test, integrand, self._side(part, nodes))
            found += vector(self.space, own, state, rate, time)
        return found

    def _side(self, part: str, nodes: np.ndarray) -> Quadrature:
        """Return the quadrature at an end; slopes there are those of the outermost cell."""
        if part not in self._ends:
            self._ends[part] = self.space.side(part)
        where = self._ends[part]
        end = slice(0, 2) if where.points[0, 0, 0] < nodes.mean() else slice(-2, None)
        width = float(np.diff(nodes[end])[0])
        old = where.tables[1]
        sign = np.sign(old.slope)
        return Quadrature(
            where.points,
            where.weights,
            {1: Table(old.dofs, old.value, sign / width)},
            where.normals,
        )

    def initial(self, nodes: np.ndarray) -> np.ndarray:
        """Return the initial values at nodes, (n, unknowns)."""
        rows = []
        begin = (self.problem.interval or (0.0, 0.0))[0]
        for unknown in self.form.unknowns:
            given = [
                c for c in self.problem.conditions if c.kind == "initial" and c.unknown == unknown
            ]
            value = self.problem.fill(given[0].value) if given else 0
            rows.append(self.system.at(value, nodes[:, None], begin))
        return np.stack(rows, axis=1)
