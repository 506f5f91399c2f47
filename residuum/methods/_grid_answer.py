"""Members of a family on the grid of an operator, and its answers as fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import DataError, Field, in_double_precision
from residuum.datasets import Layout
from residuum.fields import SumField, interpolate_grid
from residuum.problem import (
    ExpressionField,
    GridFunction,
    HardConditions,
    Problem,
    evaluate,
    hard_conditions,
)
from residuum.problem._conditions import Initial


@in_double_precision
def inputs_of(problem: Problem, layout: Layout) -> np.ndarray:
    """Return the coefficients and parameters of a member at the nodes: (*grid, channels).

    Raises:
        DataError: the statement has no such name, its value is missing or depends on time, or a
            value is not finite.
    """
    channels = [_channel(problem, layout, name) for name in layout.input_names]
    found = np.stack([np.broadcast_to(c, layout.shape) for c in channels], axis=-1)
    if not np.isfinite(found).all():
        raise DataError("finite inputs", "NaN or infinity at a node", "Correct the member.")
    return found


def _channel(problem: Problem, layout: Layout, name: str) -> Any:
    numbers = {p.name: p for p in problem.parameters}
    if name in numbers:
        value = problem.given.get(name, numbers[name].value)
        if value is None:
            raise DataError(f"a value for {name}", "none", "Solve a member: give it.")
        return float(value)
    functions = {str(a.func): a for a in problem.coefficients}
    if name not in functions:
        wanted = f"a coefficient or parameter {name}"
        raise DataError(wanted, ", ".join([*numbers, *functions]) or "none", "Name it so.")
    arguments, value = functions[name].args, problem.given[name]
    if any(c.role == "time" for c in arguments):
        raise DataError(f"a coefficient {name} of space", "one of time", "Train without it.")
    return _on_nodes(problem, layout, value, arguments)


def _on_nodes(problem: Problem, layout: Layout, value: Any, arguments: Any) -> np.ndarray:
    """Return a given value at the nodes, ready to broadcast against the grid."""
    places = {c: _place(layout, problem.space.index(c)) for c in problem.space}
    if isinstance(value, int | float | np.number | sp.Basic):
        expression = sp.sympify(value)
        return np.asarray(evaluate(expression, places), float)
    rule = value
    if hasattr(value, "on"):  # a drawn field, which has a fast way for grids
        mine = [layout.axes[problem.space.index(c)] for c in arguments]
        return _spread(problem, arguments, np.asarray(value.on(*mine), float))
    if isinstance(value, tuple):
        axes = tuple(np.asarray(axis, float) for axis in value[0])
        rule = GridFunction(axes, np.asarray(value[1], float))
    whole = np.broadcast_arrays(*(places[c] for c in arguments))
    return np.asarray(rule(*(part.ravel() for part in whole)), float).reshape(whole[0].shape)


def _spread(problem: Problem, arguments: Any, values: np.ndarray) -> np.ndarray:
    """Return values on some of the axes, ready to broadcast against all."""
    order = [arguments.index(c) for c in problem.space if c in arguments]
    lengths = iter(np.shape(values)[k] for k in order)
    shape = [next(lengths) if c in arguments else 1 for c in problem.space]
    return values.transpose(order).reshape(shape)


def _place(layout: Layout, k: int) -> np.ndarray:
    shape = [1] * len(layout.axes)
    shape[k] = -1
    return np.asarray(layout.axes[k], float).reshape(shape)


@in_double_precision
def field_of(problem: Problem, layout: Layout, values: np.ndarray) -> Field:
    """Return the answer of an operator as a field, with the conditions it can meet exactly.

    What Dirichlet and initial conditions give as expressions is carried by the lift of the hard
    conditions; splines go through the rest, which is zero at the nodes where values are given, and
    so on their whole faces. Initial values given as tables are met at the nodes.

    Args:
        problem: the member.
        layout: the grid; moments that leave the start out get it from the initial values.
        values: ([times], *grid, outputs).
    """
    names = [str(u.func) for u in problem.unknowns]
    found = np.asarray(values, float)[..., [layout.output_names.index(name) for name in names]]
    hard, times = hard_conditions(problem), layout.times
    if times is not None:
        found, times = _started(problem, layout, found)
    axes = [*([] if times is None else [times]), *layout.axes]
    rest = np.stack(
        [_rest(problem, hard, axes, found[..., j], j) for j in range(len(names))],
        axis=-1,
    )
    around = zip(layout.edges, layout.lengths, strict=True)
    periods: list[float | None] = [length if edge == "wrap" else None for edge, length in around]
    spline = interpolate_grid(axes, rest, [*([] if times is None else [None]), *periods])
    if all(lift == 0 for lift in hard.lift):
        return spline
    return SumField((ExpressionField(hard.lift, problem.coordinates), spline))


def _started(problem: Problem, layout: Layout, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put the initial values in front, or in place of the answer's own."""
    assert layout.times is not None and problem.interval is not None
    low, times = problem.interval[0], np.asarray(layout.times, float)
    starts = [_start(problem, layout, u) for u in problem.unknowns]
    within = times[0] <= low + 1e-12 * (times[-1] - low)
    if all(start is None for start in starts) or (not within and any(s is None for s in starts)):
        return values, times
    if not within:
        values, times = np.concatenate([values[:1], values]), np.concatenate([[low], times])
    values = values.copy()
    for j, start in enumerate(starts):
        if start is not None:
            values[0, ..., j] = start
    return values, times


def _start(problem: Problem, layout: Layout, unknown: Any) -> np.ndarray | None:
    """Return the initial values of an unknown at the nodes, if they are given."""
    found = problem.of_kind(Initial, unknown)
    if not found:
        return None
    value, arguments = problem.fill(found[0].value), problem.space
    name = str(getattr(value, "func", ""))
    if name in problem.given:
        value, arguments = problem.given[name], value.args
    elif value.atoms(sp.core.function.AppliedUndef):
        return None
    return np.broadcast_to(_on_nodes(problem, layout, value, arguments), layout.shape)


def _rest(
    problem: Problem, hard: HardConditions, axes: list[np.ndarray], values: np.ndarray, j: int
) -> np.ndarray:
    """Return what an unknown has beyond the lift: zero where a condition that is met gives all."""
    grid = np.meshgrid(*axes, indexing="ij", sparse=True)
    places = dict(zip(problem.coordinates, grid, strict=True))
    lift = np.broadcast_to(np.asarray(evaluate(sp.sympify(hard.lift[j]), places)), values.shape)
    rest = np.array(values - lift)
    first = len(problem.coordinates) - len(problem.space)
    for condition in hard.enforced:
        if condition.unknown != problem.unknowns[j]:
            continue
        if condition.kind == "initial" and hard.start is None:
            rest[0] = 0.0
        for k, c in enumerate(problem.space):
            for end, node in (("min", 0), ("max", -1)):
                if condition.kind == "dirichlet" and condition.on in (
                    "boundary",
                    f"{c.name}_{end}",
                ):
                    np.moveaxis(rest, first + k, 0)[node] = 0.0
    return rest
