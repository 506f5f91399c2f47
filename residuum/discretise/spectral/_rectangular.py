"""Boundary value problems on an interval, unknowns of different orders, conditions of any kind.

Every unknown is a polynomial with as many coefficients more as its order; the equations hold at
fewer points, and the conditions fill up the rows. T. A. Driscoll, N. Hale, Rectangular spectral
collocation, IMA J. Numer. Anal. 36 (2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum.discretise.spectral._axis import Axis, ChebyshevAxis
from residuum.discretise.spectral._grid import Grid
from residuum.discretise.spectral._sides import SIDE_KINDS
from residuum.problem import Pointwise, Problem, pointwise, strong_form

KINDS = (*SIDE_KINDS, "point_value", "integral")


class _Row(NamedTuple):
    """Expressions at points, with weights that add them up: an equation or a condition."""

    body: Pointwise
    points: np.ndarray
    normal: float
    weights: np.ndarray | None
    value: float


def orders_of(problem: Problem) -> list[int]:
    """Return the highest derivative of every unknown in the equations."""
    found = [0] * len(problem.unknowns)
    for residual in problem.residuals:
        for component, index in pointwise(problem, residual).slots:
            found[component] = max(found[component], sum(index))
    return found


def refuse_interval(problem: Problem) -> str | None:
    """Return why a problem is no boundary value problem on an interval, or ``None``."""
    if problem.time is not None or len(problem.space) != 1:
        return "it needs a steady problem in one dimension"
    other = [c for c in problem.conditions if c.kind not in KINDS]
    if other:
        return f"it cannot enforce the condition {other[0]}"
    total, given = sum(orders_of(problem)), len(_conditions(problem))
    if total != given:
        return f"it needs {total} conditions, one per order of every unknown, and there are {given}"
    return None


def _conditions(problem: Problem) -> list[tuple[Any, str]]:
    """Return the conditions with the end they hold at; one for the whole boundary counts twice."""
    (name,) = (c.name for c in problem.space)
    found: list[tuple[Any, str]] = []
    for c in problem.conditions:
        ends = [f"{name}_min", f"{name}_max"] if c.on == "boundary" else [c.on]
        found += [(c, end) for end in ends]
    return found


@final
class Rectangular:
    """A boundary value problem on an interval as F(y) = 0.

    Args:
        problem: see ``refuse_interval``.
        grid: one Chebyshev axis; unknowns of the highest order have its nodes, others fewer.
    """

    def __init__(self, problem: Problem, grid: Grid) -> None:
        (axis,) = grid.axes
        assert isinstance(axis, ChebyshevAxis)
        self.problem, self.grid, self.axis = problem, grid, axis
        self.orders = orders_of(problem)
        count = axis.count - max(self.orders)
        self.axes: list[Axis] = [axis.resized(max(2, count + k)) for k in self.orders]
        self.ends = np.cumsum([0, *(a.count for a in self.axes)])
        # Points of the first kind, under the map of the axis: the ends belong to the conditions.
        inner = np.sin(np.pi * (2 * np.arange(count) - count + 1) / (2 * count))
        half = (axis.high - axis.low) / 2
        places = axis.low + half * (1 + axis.layer.place(inner))
        self.rows = [self._row(r, places) for r in problem.residuals]
        self.rows += [self._condition(c, end) for c, end in _conditions(problem)]

    @property
    def size(self) -> int:
        """Number of nodal values, each unknown on its own nodes."""
        return int(self.ends[-1])

    def compiled(self) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """Return the compiled residual and Jacobian, functions of (size,)."""
        tables = [self._tables(row) for row in self.rows]
        zero = jnp.zeros(self.size)
        residual = jax.jit(self._residual).lower(zero, tables).compile()
        slope = jax.jit(jax.jacfwd(self._residual)).lower(zero, tables).compile()
        return (lambda y: residual(y, tables)), (lambda y: slope(y, tables))

    def nodal(self, state: np.ndarray) -> np.ndarray:
        """Return values (count, m) at the nodes of the axis."""
        nodes = self.axis.nodes
        rows = [
            axis.basis(nodes, 0)[0] @ state[a:b]
            for axis, a, b in zip(self.axes, self.ends[:-1], self.ends[1:], strict=True)
        ]
        return np.stack(rows, axis=-1)

    def state(self, values: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return the state of a function of points (n, 1) to values (n, m)."""
        return np.concatenate([values(a.nodes[:, None])[:, j] for j, a in enumerate(self.axes)])

    def guess(self) -> np.ndarray:
        """Return a start: straight lines between the values that are given, else one."""
        parts = []
        for u, axis in zip(self.problem.unknowns, self.axes, strict=True):
            held = sorted(self._held(u)) or [(axis.low, 1.0)]
            places, values = zip(*held, strict=True)
            parts.append(np.interp(axis.nodes, places, values))
        return np.concatenate(parts)

    def _held(self, unknown: Any) -> list[tuple[float, float]]:
        """Return the places where conditions give the value of an unknown."""
        found = []
        for c, end in _conditions(self.problem):
            if c.unknown != unknown or c.kind not in ("dirichlet", "point_value"):
                continue
            ends = self.axis.high if end.endswith("_max") else self.axis.low
            place = dict(getattr(c, "at", ())).get(self.problem.space[0].name, ends)
            value = self.problem.fill(c.value).subs(self.problem.space[0], place)
            if value.is_number:
                found.append((float(place), float(value)))
        return found

    def _row(self, residual: Any, places: np.ndarray) -> _Row:
        return _Row(pointwise(self.problem, residual), places, 0.0, None, 0.0)

    def _condition(self, condition: Any, end: str) -> _Row:
        problem, axis = self.problem, self.axis
        expression = strong_form(condition.expression(problem.space), problem.space)
        body, value = pointwise(problem, expression), 0.0
        if condition.kind == "integral":
            nodes, weights = np.polynomial.legendre.leggauss(2 * axis.count)
            half = (axis.high - axis.low) / 2
            value = float(problem.fill(condition.value))
            return _Row(body, axis.low + half * (1 + nodes), 0.0, half * weights, value)
        if condition.kind == "point_value":
            place = np.array([at for _, at in condition.at])
            return _Row(body, place, 0.0, None, value)
        upper = end.endswith("_max")
        place = np.array([axis.high if upper else axis.low])
        return _Row(body, place, 1.0 if upper else -1.0, None, value)

    def _tables(self, row: _Row) -> dict[Any, np.ndarray]:
        """Return the matrix of every derivative a row asks for."""
        found = {}
        for component, index in row.body.slots:
            order = sum(index)
            found[(component, index)] = self.axes[component].basis(row.points, order)[order]
        return found

    def _residual(self, state: Array, tables: Sequence[dict[Any, Array]]) -> Array:
        parts = []
        for row, table in zip(self.rows, tables, strict=True):
            values = {
                slot: matrix @ state[self.ends[slot[0]] : self.ends[slot[0] + 1]]
                for slot, matrix in table.items()
            }
            normals = jnp.full((len(row.points), 1), row.normal)
            found = row.body(jnp.asarray(row.points)[:, None], values, normals=normals)
            if row.weights is not None:
                found = (jnp.asarray(row.weights) @ found)[None] - row.value
            parts.append(found)
        return jnp.concatenate(parts)
