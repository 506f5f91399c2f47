"""The method of lines: an evolving problem on a grid as a system of ordinary equations.

Nodes owned by a boundary condition are not part of the state: in every evaluation their values are
found from the conditions, so time-dependent data need no differentiation and no penalty.
"""

from __future__ import annotations

from copy import copy
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum.discretise.spectral._form import GridForm
from residuum.discretise.spectral._grid import Grid
from residuum.discretise.spectral._sides import Sides
from residuum.discretise.time import System
from residuum.problem import Problem, pointwise

Data = dict[str, Any]


def time_orders(problem: Problem) -> list[int]:
    """Return the highest time derivative of every unknown in the equations."""
    orders = [0] * len(problem.unknowns)
    for residual in problem.residuals:
        for component, index in pointwise(problem, residual).slots:
            orders[component] = max(orders[component], index[0])
    return orders


def leading(problem: Problem) -> list[Any]:
    """Return the highest time derivatives, as they stand in the equations."""
    pairs = zip(problem.unknowns, time_orders(problem), strict=True)
    return [sp.Derivative(u, (problem.time, order)) if order else u for u, order in pairs]


@final
class Lines:
    """An evolving problem as y' = f(t, y).

    The state holds, unknown by unknown and time derivative by time derivative, the values at the
    nodes that no boundary condition owns.

    Args:
        problem: linear in its highest time derivatives, with linear boundary conditions.
        grid: its space grid; without axes the problem is an ordinary differential equation.
    """

    def __init__(self, problem: Problem, grid: Grid) -> None:
        self.problem, self.grid = problem, grid
        self.orders, self.sides = time_orders(problem), Sides(problem, grid)
        self.free = [np.flatnonzero(~mine) for mine in self.sides.owned]
        self.bound = np.argwhere(self.sides.owned)
        self.rest, self.weights = self._split()
        self._place()

    @property
    def size(self) -> int:
        """Number of entries of the state."""
        return sum(o * len(f) for o, f in zip(self.orders, self.free, strict=True))

    def moved(self, grid: Grid) -> Lines:
        """Return the same lines on another grid of the same shape, sharing what is compiled."""
        other = copy(self)
        other.grid = grid
        other._place()
        return other

    def compile(self, batch: int) -> None:
        """Compile the rates of ``batch`` states at once, their Jacobian and nodal values."""
        data = jax.tree.map(jnp.asarray, self.data)
        times, states = jnp.zeros(batch), jnp.zeros((batch, self.size))
        self.batch = batch
        self._many = jax.jit(jax.vmap(self.rate, (0, 0, None))).lower(times, states, data).compile()
        slope = jax.jit(jax.jacfwd(self.rate, 1))
        self._slope = slope.lower(times[0], states[0], data).compile()
        full = jax.jit(jax.vmap(lambda t, y, d: self._levels(t, y, d)[0], (0, 0, None)))
        times, states = jnp.zeros(batch + 1), jnp.zeros((batch + 1, self.size))
        self._full = full.lower(times, states, data).compile()

    def system(self) -> System:
        """Return the system of ordinary equations; ``compile`` comes first."""
        data = jax.tree.map(jnp.asarray, self.data)
        many, slope = self._many, self._slope
        return System(
            lambda t, y: np.asarray(many(jnp.asarray(t), jnp.asarray(y), data)),
            lambda t, y: np.asarray(slope(jnp.asarray(t, float), jnp.asarray(y), data)),
            self._start(),
            self._groups(),
        )

    def rate(self, time: Array, state: Array, data: Data) -> Array:
        """Return dy/dt, shape (size,)."""
        levels = self._levels(time, state, data)
        extra = {
            (j, (order, *[0] * len(self.grid.axes))): jnp.zeros(self.grid.size)
            for j, order in enumerate(self.orders)
        }
        rest = jnp.stack(
            [form(time, levels, data["nodes"], extra=extra) for form in self.rest], axis=1
        )
        top = self._divide(time, levels, rest, data)
        parts = []
        for j, (order, free) in enumerate(zip(self.orders, self.free, strict=True)):
            parts += [levels[k][free, j] for k in range(1, order)] + [top[free, j]]
        return jnp.concatenate(parts)

    def values(self, times: np.ndarray, states: np.ndarray) -> np.ndarray:
        """Return nodal values (k, *shape, m) of states (k, size), k a multiple of batch + 1."""
        data = jax.tree.map(jnp.asarray, self.data)
        pieces = [
            np.asarray(
                self._full(jnp.asarray(times[i : i + n]), jnp.asarray(states[i : i + n]), data)
            )
            for n in (self.batch + 1,)
            for i in range(0, len(times), n)
        ]
        return np.concatenate(pieces).reshape(len(times), *self.grid.shape, len(self.orders))

    @property
    def interval(self) -> tuple[float, float]:
        """Start and end of time."""
        assert self.problem.interval is not None
        return self.problem.interval

    def _split(self) -> tuple[list[GridForm], list[list[GridForm | float]]]:
        """Return the equations without highest time derivatives, and the factors of these."""
        problem, tops = self.problem, leading(self.problem)
        none = dict.fromkeys(tops, sp.Integer(0))
        rest, weights = [], []
        for residual in problem.residuals:
            rest.append(self._form(residual.xreplace(none)))
            row: list[GridForm | float] = []
            for top in tops:
                factor = sp.diff(residual, top)
                row.append(float(factor) if factor.is_number else self._form(factor))
            weights.append(row)
        return rest, weights

    def _form(self, expression: Any) -> GridForm:
        return GridForm(pointwise(self.problem, expression), self.grid.shape, True)

    def _divide(self, time: Array, levels: list[Array], rest: Array, data: Data) -> Array:
        """Solve factors · top = -rest at every node; shapes (size, m)."""
        rows = []
        for row in self.weights:
            entries = [
                jnp.full(self.grid.size, item)
                if isinstance(item, float)
                else item(time, levels, data["nodes"])
                for item in row
            ]
            rows.append(jnp.stack(entries, axis=1))
        matrix = jnp.stack(rows, axis=1)
        if len(self.orders) == 1:
            return -rest / matrix[:, :, 0]
        found: Array = -jnp.linalg.solve(matrix, rest[:, :, None])[:, :, 0]
        return found

    def _assemble(self, state: Array, bound: Array, order: int) -> Array:
        """Return the nodal values of one time derivative, (size, m)."""
        total = jnp.zeros((self.grid.size, len(self.orders)))
        offset = 0
        for j, (top, free) in enumerate(zip(self.orders, self.free, strict=True)):
            begin = offset + order * len(free)
            if order < top:
                total = total.at[free, j].set(state[begin : begin + len(free)])
            offset += top * len(free)
        if len(self.bound):
            total = total.at[self.bound[:, 1], self.bound[:, 0]].set(bound)
        return total

    def _defects(self, time: Array, state: Array, bound: Array, data: Data) -> Array:
        levels = [self._assemble(state, bound, 0)]
        found = self.sides.defects(time, levels, data["nodes"])
        return found[self.bound[:, 0], self.bound[:, 1]]

    def _bound(self, time: Array, state: Array, data: Data) -> Array:
        """Return the values at owned nodes: the conditions are linear in them."""
        zero = jnp.zeros(len(self.bound))
        if not len(self.bound):
            return zero
        defects = self._defects(time, state, zero, data)
        found: Array
        if data["inverse"] is not None:
            found = -(data["inverse"] @ defects)
        else:
            matrix = jax.jacfwd(self._defects, 2)(time, state, zero, data)
            found = -jnp.linalg.solve(matrix, defects)
        return found

    def _levels(self, time: Array, state: Array, data: Data) -> list[Array]:
        """Return the nodal values of the unknowns and of their time derivatives below the top."""
        bound = self._bound(time, state, data)
        found = [self._assemble(state, bound, 0)]
        for order in range(1, max(self.orders)):
            motion = self._assemble(state, jnp.zeros(len(self.bound)), order)
            moving = self._pack(motion)
            # Owned nodes move as the conditions say: differentiate them along the motion.
            _, rate = jax.jvp(
                lambda t, y: self._bound(t, y, data), (time, state), (jnp.ones_like(time), moving)
            )
            found.append(self._assemble(state, rate, order))
        return found

    def _pack(self, motion: Array) -> Array:
        """Return a state whose lowest level is the given nodal values."""
        parts = []
        for j, (order, free) in enumerate(zip(self.orders, self.free, strict=True)):
            parts += [motion[free, j], jnp.zeros((order - 1) * len(free))]
        return jnp.concatenate(parts)

    def _place(self) -> None:
        """Take in the grid; invert the boundary rows once where they do not depend on time."""
        factors = [item for row in self.weights for item in row if isinstance(item, GridForm)]
        needs = [index for form in (*self.rest, *factors) for index in form.needs]
        self.data: Data = {"nodes": self.grid.nodes(needs + self.sides.needs), "inverse": None}
        if self.sides.values_only:
            self.data["inverse"] = np.eye(len(self.bound))
            return
        low, high = self.interval
        data = jax.tree.map(jnp.asarray, self.data)
        slope = jax.jit(jax.jacfwd(self._defects, 2))
        state, zero = jnp.zeros(self.size), jnp.zeros(len(self.bound))
        found = [
            np.asarray(slope(jnp.asarray(t), state, zero, data))
            for t in (low, low + 0.381966 * (high - low), high)
        ]
        if all(np.array_equal(found[0], other) for other in found[1:]):
            self.data["inverse"] = np.linalg.inv(found[0])

    def _start(self) -> np.ndarray:
        """Return the first state from the initial conditions."""
        parts = []
        for j, (u, order) in enumerate(zip(self.problem.unknowns, self.orders, strict=True)):
            for kind in ("initial", "initial_rate")[:order]:
                value = next(
                    c.value for c in self.problem.conditions if c.kind == kind and c.unknown == u
                )
                parts.append(
                    self._form(value)(self.interval[0], [], self.data["nodes"])[self.free[j]]
                )
        return np.asarray(jnp.concatenate(parts), float)

    def _groups(self) -> np.ndarray:
        sizes = [len(f) for o, f in zip(self.orders, self.free, strict=True) for _ in range(o)]
        return np.repeat(np.arange(len(sizes)), sizes)
