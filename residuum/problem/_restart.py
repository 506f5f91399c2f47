"""The same problem over another stretch of time, begun from a field."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Field, OptionError
from residuum.geometry import Box, Extrusion, Shape
from residuum.problem._conditions import Condition, Initial, InitialRate
from residuum.problem._problem import Problem
from residuum.problem._symbols import coefficient
from residuum.problem._well_posed import WellPosednessWarning


@dataclass(frozen=True, eq=False)
class StartValue:
    """One unknown of a field, or its rate, at one time: the value of an initial condition.

    Args:
        field: a field of the problem's coordinates; it counts at all times of the new stretch, and
            gives there the value it has at the start, plus what its rate there adds.
        component: which unknown.
        time: the start.
        order: 0 for the value, 1 for the rate.
    """

    field: Field
    component: int
    time: float
    order: int = 0

    def __call__(self, *places: Array) -> Array:
        """Return the values at arrays of space coordinates."""
        columns = jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in places))
        points = jnp.column_stack([jnp.full(columns[0].shape, self.time), *columns])
        index = (self.order, *(0 for _ in places))
        return self.field.jet(points, [index]).derivative(index)[:, self.component]


def restarted(problem: Problem, field: Field, interval: tuple[float, float]) -> Problem:
    """Return the problem over ``interval``, its initial values and rates taken from a field.

    Args:
        problem: an evolving problem.
        field: gives value and rate at the start of the interval, in the problem's coordinates.
        interval: the new start and end of time.
    """
    if problem.time is None:
        raise OptionError("a problem in time", problem.name, "Give an evolving problem.")
    given: dict[str, Any] = {}
    conditions = []
    for item in problem.conditions:
        if isinstance(item, Initial | InitialRate) and item.unknown in problem.unknowns:
            item = _from_field(problem, item, field, interval[0], given)
        conditions.append(item)
    with warnings.catch_warnings():
        # Whatever there was to say was said of the whole problem.
        warnings.simplefilter("ignore", WellPosednessWarning)
        return problem.replace(domain=over(problem, interval), conditions=conditions, given=given)


def over(problem: Problem, interval: tuple[float, float]) -> Shape:
    """Return the domain of an evolving problem over another stretch of time."""
    assert problem.time is not None
    name, domain = problem.time.name, problem.domain
    if isinstance(domain, Extrusion):
        return domain.shape.over(**{name: interval})
    rows = zip(domain.axes, np.asarray(domain.bounds), strict=True)
    sides = {axis: (float(low), float(high)) for axis, (low, high) in rows}
    return Box(**{**sides, name: interval})


def _from_field(
    problem: Problem, item: Condition, field: Field, start: float, given: dict[str, Any]
) -> Condition:
    """Return an initial condition with its value read off a field."""
    order = int(isinstance(item, InitialRate))
    value = StartValue(field, problem.unknowns.index(item.unknown), start, order)
    if problem.space:
        name = f"start_{order}_of_{item.unknown.func}"
        given[name] = value
        return type(item)(item.unknown, coefficient(name, *problem.space), "initial")
    index = (order,)
    found = field.jet(jnp.asarray([[start]]), [index]).derivative(index)
    return type(item)(item.unknown, sp.Float(float(found[0, value.component])), "initial")
