"""The equations of a statement on a grid, terms apart, derived from the statement itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Index, OptionError
from residuum.datasets import Layout
from residuum.objectives._grid_calculus import along, derivative_matrix, difference_matrix
from residuum.problem import Problem, evaluate
from residuum.problem._conditions import Initial
from residuum.problem._pointwise import known_functions
from residuum.problem._symbols import Coefficient, Unknown

Side = tuple[int, int, int, Any]
"""Unknown, axis, node at its end, and the value held there."""


class GridStatement:
    """Answers and inputs on a grid to the terms of every equation at its nodes.

    Args:
        problem: any member of the family.
        layout: the grid; coefficients and parameters are read from its inputs by name.

    Raises:
        OptionError: axes, moments, inputs or outputs are not those of the statement.
    """

    def __init__(self, problem: Problem, layout: Layout) -> None:
        self.problem, self.layout = problem, layout
        names = [str(u.func) for u in problem.unknowns]
        if sorted(names) != sorted(layout.output_names):
            raise OptionError(f"outputs {names}", str(layout.output_names), "Name them so.")
        if len(layout.axes) != len(problem.space):
            got = f"{len(layout.axes)} axes"
            raise OptionError(f"{len(problem.space)} space axes", got, "Take another grid.")
        if (problem.time is None) != (layout.times is None):
            got = "none" if layout.times is None else "some"
            raise OptionError("moments where the problem evolves alone", got, "Correct them.")
        self.columns = [layout.output_names.index(name) for name in names]
        self.residuals = [
            sp.expand_mul(self._filled(residual))
            for equation in problem.equations
            for residual in equation.residuals(problem.space)
        ]
        self.first = 1 if layout.times is None else 2
        self.starts = [self._start(u) for u in problem.unknowns]
        self.times = self._times()
        self.sides = self._sides()
        both = [
            {end for _, axis, end, _ in self.sides if axis == k} for k in range(len(layout.axes))
        ]
        self.walls = frozenset(k for k, ends in enumerate(both) if len(ends) == 2)
        self.given = self._given()

    def _filled(self, expression: Any) -> Any:
        """Put in the numbers that are not read from the inputs."""
        problem, inputs = self.problem, self.layout.input_names
        known: dict[Any, Any] = {}
        for p in problem.parameters:
            value = problem.given.get(p.name, p.value)
            if p.name in inputs:
                continue
            if value is None:
                raise OptionError(f"a value for {p.name}", "none", "Give it, or make it an input.")
            known[p] = value if isinstance(value, sp.Basic) else sp.Float(value)
        for a in problem.coefficients:
            value = problem.given.get(str(a.func))
            if str(a.func) not in inputs and isinstance(value, int | float | sp.Basic):
                known[a] = sp.sympify(value)
        return sp.sympify(expression).xreplace(known).doit()

    def _start(self, unknown: Any) -> Any:
        found = self.problem.of_kind(Initial, unknown)
        return self._filled(found[0].value) if found else None

    def _times(self) -> np.ndarray | None:
        """Return the moments, with the start in front where they leave it out and it is known."""
        times, interval = self.layout.times, self.problem.interval
        if times is None or interval is None:
            return None
        if any(start is None for start in self.starts) or times[0] <= interval[0]:
            return times
        return np.concatenate([[interval[0]], times])

    def _sides(self) -> list[Side]:
        found: list[Side] = []
        for condition in self.problem.conditions:
            if condition.kind != "dirichlet":
                continue
            j = self.problem.unknowns.index(condition.unknown)
            value = self._filled(condition.value)
            for k, c in enumerate(self.problem.space):
                for end, node in (("min", 0), ("max", len(self.layout.axes[k]) - 1)):
                    if condition.on in ("boundary", f"{c.name}_{end}"):
                        found.append((j, k, node, value))
        return found

    def _given(self) -> dict[str, np.ndarray]:
        """Return the tables and functions that are not inputs, at the nodes: (1, [1], *grid)."""
        rules, found = known_functions(self.problem), {}
        for a in self.problem.coefficients:
            name = str(a.func)
            if name in self.layout.input_names or name not in rules:
                continue
            if any(c.role == "time" for c in a.args):
                raise OptionError("coefficients of space", str(a), "Train on labels instead.")
            places = [self._place(c) for c in a.args]
            flat = [np.asarray(part, float).ravel() for part in np.broadcast_arrays(*places)]
            shape = np.broadcast_shapes(*(part.shape for part in places))
            found[name] = np.asarray(rules[name](*flat)).reshape(shape)
        return found

    def _place(self, coordinate: Any) -> np.ndarray:
        """Return a coordinate at the nodes, ready to broadcast against (n, [times], *grid)."""
        rank = self.first + len(self.layout.axes)
        shape, values = [1] * rank, self.times
        if coordinate.role == "time":
            shape[1] = -1
        else:
            k = self.problem.space.index(coordinate)
            shape[self.first + k], values = -1, self.layout.axes[k]
        assert values is not None
        return np.reshape(values, shape)

    def __call__(self, found: Array, inputs: Array) -> list[list[Array]]:
        """Return the terms of each equation, (n, [times], *grid), zero where values are held.

        Args:
            found: (n, [times], *grid, outputs).
            inputs: (n, *grid, inputs).
        """
        channels: dict[str, Any] = dict(self.given)
        for i, name in enumerate(self.layout.input_names):
            values = inputs[..., i]
            channels[name] = values if self.first == 1 else values[:, None]
        answers = self._held([found[..., column] for column in self.columns], channels)
        free = self._free().astype(found.dtype)
        rows = []
        for residual in self.residuals:
            terms = [
                self._value(term, channels, answers, found.dtype)
                for term in sp.Add.make_args(residual)
            ]
            shape = answers[0].shape
            rows.append([jnp.broadcast_to(term, shape) * free for term in terms])
        return rows

    def _held(self, answers: list[Array], channels: Mapping[str, Any]) -> list[Array]:
        """Put given values into the answers."""
        held = []
        for j, values in enumerate(answers):
            start = self.starts[j]
            if self.times is not None and start is not None:
                first = self._value(start, channels, [], values.dtype)
                shape = (values.shape[0], 1, *values.shape[2:])
                first = jnp.broadcast_to(first, shape)
                rest = values if len(self.times) > values.shape[1] else values[:, 1:]
                values = jnp.concatenate([first, rest], axis=1)
            for unknown, axis, node, side in self.sides:
                if unknown == j:
                    given = self._value(side, channels, [], values.dtype)
                    mask = self._at(axis, node, values.ndim)
                    values = jnp.where(mask, given, values)
            held.append(values)
        return held

    def _at(self, axis: int, node: int, rank: int) -> np.ndarray:
        shape = [1] * rank
        shape[self.first + axis] = -1
        return (np.arange(len(self.layout.axes[axis])) == node).reshape(shape)

    def _free(self) -> np.ndarray:
        """Return one where an equation is asked for, zero where all is given."""
        moments = () if self.times is None else (len(self.times),)
        found = np.ones((1, *moments, *self.layout.shape))
        for _, axis, node, _ in self.sides:
            found = np.where(self._at(axis, node, found.ndim), 0.0, found)
        if self.times is not None and any(start is not None for start in self.starts):
            found[:, 0] = 0.0
        return found

    def _value(
        self, expression: Any, channels: Mapping[str, Any], answers: list[Array], dtype: Any
    ) -> Any:
        """Evaluate an expression at the nodes."""
        found: dict[Any, Any] = {
            c: jnp.asarray(self._place(c), dtype)
            for c in self.problem.coordinates
            if expression.has(c)
        }
        walk = sp.preorder_traversal(expression)
        for node in walk:
            inner = node.expr if isinstance(node, sp.Derivative) else node
            if isinstance(inner, Unknown | Coefficient):
                counts = dict(node.variable_count) if isinstance(node, sp.Derivative) else {}
                index = tuple(int(counts.get(c, 0)) for c in self.problem.coordinates)
                found[node] = self._derivative(inner, index, channels, answers, dtype)
                walk.skip()
            elif isinstance(node, sp.Symbol) and node.name in channels:
                found[node] = channels[node.name]
        return jnp.asarray(evaluate(expression, found), dtype)

    def _derivative(
        self, atom: Any, index: Index, channels: Mapping[str, Any], answers: list[Array], dtype: Any
    ) -> Array:
        if isinstance(atom, Unknown):
            values = answers[self.problem.unknowns.index(atom)]
        elif str(atom.func) in channels:
            values = jnp.asarray(channels[str(atom.func)], dtype)
        else:
            raise OptionError(f"{atom.func} among the inputs", "none", "Give it, or name it so.")
        layout = self.layout
        for c, order in zip(self.problem.coordinates, index, strict=True):
            if not order:
                continue
            if c.role == "time":
                assert self.times is not None
                matrix, axis = difference_matrix(self.times, order), 1
            else:
                k = self.problem.space.index(c)
                axis = self.first + k
                nodes, edge = layout.axes[k], layout.edges[k]
                matrix = derivative_matrix(nodes, edge, order, layout.lengths[k])
            if values.shape[axis] != len(matrix):
                return jnp.zeros((1,) * values.ndim, dtype)  # constant along that axis
            values = along(matrix.astype(dtype), values, axis)
        return values
