"""A stretch of time solved by any method, begun from the field before it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import (
    Answer,
    Budget,
    Field,
    Index,
    Jet,
    Key,
    Method,
    Monitor,
    Record,
    Result,
    Task,
    closure,
    generator,
)
from residuum.discretise.spectral import Axis, ChebyshevAxis, FourierAxis, stage_field, tail
from residuum.fields import AtTime
from residuum.geometry import Box
from residuum.objectives import Collocation
from residuum.problem import Condition, Problem, hard_conditions, scaling
from residuum.problem._places import at_points, interior_points, space_order

NODES = {1: (2048, 257), 2: (128, 65)}
"""Most nodes per axis, periodic or not, by dimension, for the state at the end of a slab."""

FEWEST = 16

SMOOTH, NOISE = 1e-10, 1e-5
"""Shares of the last modes below which a state is resolved, and below which they may be rounding:
what more nodes do not lower is no detail, and many nodes would magnify it in derivatives."""


F = TypeVar("F", bound=Field)


@eqx.filter_jit
def _jet(field: Field, points: Any, indices: tuple[Index, ...]) -> Jet:
    return field.jet(points, indices)


def ended(problem: Problem, field: Field, time: float, end: float) -> Field:
    """Return the state of a field at one time as a field of its own, moving on with its rate where
    the problem is of second order in time.

    On boxes of one or two axes it is kept at the nodes of a spectral grid, so that a chain of slabs
    costs no more than its last; elsewhere it refers to the field itself.
    """
    begun = {c.unknown for c in problem.conditions if c.kind == "initial"}
    kept = np.array([float(u in begun) for u in problem.unknowns])
    rate = any(c.kind == "initial_rate" for c in problem.conditions)
    dimension = len(problem.space)
    if not isinstance(problem.shape, Box) or dimension not in NODES:
        return AtTime(frozen(field), np.asarray(time), rate)
    axes = _axes(problem)
    values, rates = _sampled(field, time, [axis.nodes for axis in axes], rate)
    axes, values, rates = _thinned(axes, values, rates, kept)
    ends = np.stack([values, values + (end - time) * rates]) * kept
    knots, stages = np.array([time, end]), np.array([0.0, 1.0])
    return frozen(stage_field(ends[None], knots, stages, end=end, axes=axes))


def frozen(field: F) -> F:
    """Return a field whose arrays are NumPy: no rule trains what a slab begins from."""
    found: F = jax.tree.map(lambda a: np.asarray(a) if eqx.is_array(a) else a, field)
    return found


def _thinned(
    axes: list[Axis], values: np.ndarray, rates: np.ndarray, kept: np.ndarray
) -> tuple[list[Axis], np.ndarray, np.ndarray]:
    """Keep every second, fourth, … node as long as the last modes allow: the nodes are nested."""
    found, before = (axes, values, rates), math.inf
    for level in range(20, -1, -1):
        step = 2**level
        if min(axis.count for axis in axes) // step < FEWEST:
            continue
        part = tuple(slice(None, None, step) for _ in axes)
        thin = [axis.resized(values[part].shape[k]) for k, axis in enumerate(axes)]
        last = tail(values[part][None] * kept, thin)
        if NOISE > last > 0.3 * before:
            return found
        found, before = (thin, values[part], rates[part]), last
        if last < SMOOTH:
            return found
    return found


def _axes(problem: Problem) -> list[Axis]:
    assert problem.shape is not None
    most = NODES[len(problem.space)]
    every = [set(problem.periodic_axes(u)) for u in problem.unknowns]
    found: list[Axis] = []
    for c in problem.space:
        low, high = problem.shape.bounds[problem.shape.axes.index(c.name)]
        around = all(c.name in names for names in every)
        kind: Any = FourierAxis if around else ChebyshevAxis
        found.append(kind(float(low), float(high), most[0 if around else 1]))
    return found


def _sampled(
    field: Field, time: float, nodes: list[np.ndarray], rate: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and rates on a tensor grid at one time, (*shape, m); zero if unasked."""
    grids = np.meshgrid(*nodes, indexing="ij")
    columns = [np.full(grids[0].size, time), *(g.ravel() for g in grids)]
    points = jnp.asarray(np.column_stack(columns))
    first: Index = (1, *(0 for _ in nodes))
    jet = _jet(field, points, closure([first]) if rate else ((0, *first[1:]),))
    shape = (*grids[0].shape, -1)
    values = np.asarray(jet.value).reshape(shape)
    rates = np.asarray(jet.derivative(first)).reshape(shape) if rate else np.zeros_like(values)
    return values, rates


def softened(problem: Problem) -> Problem:
    """Return the problem with initial values that break at a periodic seam left to weighted rows.

    Such a start has a kink that is gone at any later time. Met exactly, it would stay: no point
    lies on the seam, so no residual sees it.
    """
    conditions = [
        dataclasses.replace(c, jump=True)
        if c.kind == "initial" and not c.jump and _breaks(problem, c)
        else c
        for c in problem.conditions
    ]
    same = all(a is b for a, b in zip(conditions, problem.conditions, strict=True))
    return problem if same else problem.replace(conditions=conditions)


def _breaks(problem: Problem, condition: Condition) -> bool:
    """Whether an initial value or one of its slopes differs between the ends of a periodic axis."""
    value, shape = problem.fill(condition.value), problem.shape
    if shape is None or value.atoms(sp.core.function.AppliedUndef):
        return False
    axes = set(problem.periodic_axes(condition.unknown))
    for c in (c for c in problem.space if c.name in axes):
        low, high = shape.bounds[shape.axes.index(c.name)]
        column = problem.coordinates.index(c)
        points = interior_points(problem, 64, 17)
        for order in range(space_order(problem, condition.unknown)):
            slope = value.diff(c, order) if order else value
            ends = []
            for end in (low, high):
                at = points.copy()
                at[:, column] = end
                ends.append(at_points(problem, slope, at))
            size = np.abs(at_points(problem, slope, points)).max()
            if np.abs(ends[1] - ends[0]).max() > 1e-6 * max(size, 1e-300):
                return True
    return False


@dataclass
class Piece:
    """A slab that was solved.

    Args:
        interval: its start and end.
        answer: what the method handed back.
        held: residual at points kept aside, against the size of the terms.
    """

    interval: tuple[float, float]
    answer: Answer
    held: float


def kept_aside(problem: Problem, field: Field, key: Key, count: int = 1024) -> float:
    """Return the root-mean-square residual of a field at points of its own, conditions that are
    met only by weight included, against the size of the terms."""
    sizes, hard = scaling(problem), hard_conditions(problem)
    other = int(generator(key, 89).integers(1 << 31))
    inside, around = Collocation(count, 200, weight=1.0).build(problem, sizes, hard, other)
    total = 0.0
    for rows in [*inside, *around]:
        total += float(np.sum(np.asarray(_squares(rows, field))))
    return math.sqrt(total) if math.isfinite(total) else math.inf


@eqx.filter_jit
def _squares(rows: Any, field: Field) -> Any:
    return rows.residual(field) ** 2


def solved(
    method: Method, problem: Problem, task: Task, seconds: float, start: Answer | None = None
) -> Piece:
    """Solve one stretch of time within a number of seconds; the record gets what it cost."""
    record = task.monitor.record
    inner = Record()
    budget = Budget(max(seconds, 1e-3), task.monitor.budget.memory_mb)
    monitor = Monitor(budget, inner)
    try:
        answer = method.run(problem, dataclasses.replace(task, monitor=monitor, start=start))
    finally:
        for name, number in inner.evaluations.items():
            record.evaluations[name] = record.evaluations.get(name, 0) + number
        for name, spent in inner.seconds.items():
            record.seconds[name] = record.seconds.get(name, 0.0) + spent
        for name, values in inner.history.items():
            record.history.setdefault(f"last {name}", []).extend(values[-1:])
        record.unknowns = max(record.unknowns, inner.unknowns)
    # A method that says its answer went wrong is believed.
    wrong = answer.result in (Result.DIVERGED, Result.NOT_FINITE)
    held = math.inf if wrong else kept_aside(problem, answer.field, task.key)
    assert problem.interval is not None
    if not math.isfinite(held) and not wrong:
        answer.result = Result.NOT_FINITE
    return Piece(problem.interval, answer, held)
