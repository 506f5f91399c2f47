"""What tensor grids ask of a problem."""

from __future__ import annotations

from typing import Any

import sympy as sp

from residuum.discretise.spectral._lines import leading, time_orders
from residuum.discretise.spectral._sides import SIDE_KINDS, component_of, sides_of
from residuum.geometry import Box
from residuum.problem import Problem, pointwise
from residuum.problem._traits import inferred_functions


def refuse_shape(problem: Problem) -> str | None:
    """Return why the domain is not one for tensor grids, or ``None``."""
    shape = problem.shape
    if shape is not None and not isinstance(shape, Box):
        return f"it needs a box in space, and the domain is a {type(shape).__name__}"
    return None


def refuse_parts(problem: Problem) -> str | None:
    """Return which part of the problem is to be found besides the solution, or ``None``."""
    functions = [*inferred_functions(problem), *problem.closures]
    if problem.inferred or functions:
        names = [p.name for p in problem.inferred] + [str(f) for f in functions]
        return f"it solves forward problems only, and {', '.join(names)} is unknown"
    if problem.observations:
        return "it solves forward problems only, and the problem has observations"
    free = [p.name for p in problem.parameters if p.name not in problem.given and p.value is None]
    if free:
        return f"the parameter {free[0]} has no value"
    return None


def space_order(problem: Problem, unknown: Any, axis: Any) -> int:
    """Return the highest derivative of an unknown along an axis in the equations."""
    k, found = problem.coordinates.index(axis), 0
    for residual in problem.residuals:
        for component, index in pointwise(problem, residual).slots:
            if problem.unknowns[component] == unknown:
                found = max(found, index[k])
    return found


def refuse_conditions(problem: Problem) -> str | None:
    """Return which condition collocation on a box cannot take, or ``None``."""
    allowed = ("initial", "initial_rate", "dirichlet", "neumann", "robin", "flux", "periodic")
    for condition in problem.conditions:
        if condition.kind not in allowed:
            return f"it cannot enforce the condition {condition}"
        if condition.kind == "flux" and component_of(problem, condition) < 0:
            return f"it needs conditions on one unknown each, and {condition} has several"
    around = {problem.periodic_axes(u) for u in problem.unknowns}
    if len(around) > 1:
        return "it needs all unknowns periodic along the same axes"
    for u in problem.unknowns:
        for axis in problem.space:
            order = space_order(problem, u, axis)
            if axis.name in problem.periodic_axes(u):
                continue
            if order > 2:
                return f"it takes derivatives up to order 2 along {axis}, and {u} has order {order}"
            sides = [s for c in problem.conditions for s in _sides(problem, c, u)]
            k = problem.space.index(axis)
            if order == 2 and {(k, False), (k, True)} - set(sides):
                return f"it needs a condition on {u} at both ends of {axis}"
    return None


def _sides(problem: Problem, condition: Any, u: Any) -> list[tuple[int, bool]]:
    if condition.kind not in SIDE_KINDS:
        return []
    if problem.unknowns[component_of(problem, condition)] != u:
        return []
    return sides_of(problem, condition)


def refuse_time(problem: Problem) -> str | None:
    """Return why the method of lines does not apply, or ``None``."""
    orders = time_orders(problem)
    if min(orders) < 1 or max(orders) > 2:
        return f"it needs order 1 or 2 in time for every unknown, and the orders are {orders}"
    tops = leading(problem)
    for residual in problem.residuals:
        for atom, (component, index) in pointwise(problem, residual).atoms.items():
            if index[0] == orders[component] and atom not in tops:
                return f"it cannot solve for {atom}, which mixes time and space"
        for top in tops:
            if sp.diff(residual, top).has(top):
                return f"it needs equations linear in {top}"
    for condition in problem.conditions:
        if condition.kind == "flux":
            expression = problem.fill(condition.expression(problem.space)).doit()
            atoms = list(pointwise(problem, expression).atoms)
            if any(sp.diff(expression, a).has(*atoms) for a in atoms):
                return f"it needs linear boundary conditions, and {condition} is not"
    return None
