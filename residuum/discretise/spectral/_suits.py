"""What tensor grids ask of a problem."""

from __future__ import annotations

from typing import Any

from residuum.geometry import Box
from residuum.problem import Problem, pointwise


def refuse_shape(problem: Problem) -> str | None:
    """Return why the domain is not one for tensor grids, or ``None``."""
    shape = problem.shape
    if shape is not None and not isinstance(shape, Box):
        return f"it needs a box in space, and the domain is a {type(shape).__name__}"
    return None


def refuse_parts(problem: Problem) -> str | None:
    """Return which part of the problem is to be found besides the solution, or ``None``."""
    if problem.inferred or problem.closures:
        names = [p.name for p in problem.inferred] + [str(c) for c in problem.closures]
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
