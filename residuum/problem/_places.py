"""Where conditions hold, what expressions are worth there, orders of differentiation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.problem._conditions import BOUNDARY_KINDS, Condition
from residuum.problem._symbols import Coefficient

if TYPE_CHECKING:
    from residuum.problem._problem import Problem


def length_of(problem: Problem) -> float:
    """Return the longest side of the domain's bounding box."""
    return float(np.ptp(problem.domain.bounds, axis=1).max())


def points_of(problem: Problem, condition: Condition, n: int) -> np.ndarray | None:
    """Points (n, d) in problem coordinates where a condition holds."""
    start = problem.interval[0] if problem.interval else 0.0
    if condition.on == "initial":
        if problem.shape is None:
            return np.array([[start]])
        space = problem.shape.sample(n, key=11)
        return np.column_stack([np.full(n, start), space])
    if condition.kind in BOUNDARY_KINDS and problem.shape is not None:
        space = problem.shape.sample_boundary(n, part=condition.on, key=12)
        if problem.interval is None:
            return space
        return np.column_stack([np.linspace(*problem.interval, n), space])
    return None


def interior_points(problem: Problem, n: int, key: Any, design: Any = None) -> np.ndarray:
    """Return n points inside the domain, columns in the order of the problem's coordinates."""
    points = problem.domain.sample(n, design=design, key=key)
    columns = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    return np.ascontiguousarray(points[:, columns])


def at_points(problem: Problem, value: sp.Expr, points: np.ndarray) -> np.ndarray:
    """Return an expression at points (n, d); NaN where it is not real."""
    if value.atoms(Coefficient):
        # Imported late, because it needs what checks of conditions need this file for.
        from residuum.problem._pointwise import known_functions, pointwise

        value, rules = problem.fill(value), known_functions(problem)
        with double_precision():
            if value.atoms(sp.Derivative):
                return np.asarray(pointwise(problem, value)(jnp.asarray(points), {}))
            # By NumPy: JAX would compile for every new number of points.
            columns = dict(zip(problem.coordinates, points.T, strict=True))
            known = {sp.Dummy(): a for a in value.atoms(Coefficient)}
            arrays = [
                np.asarray(rules[str(a.func)](*(columns[c] for c in a.args)), float)
                for a in known.values()
            ]
    else:
        known, arrays = {}, []
    # SciPy is imported only where a function needs it: it takes a while.
    modules = ["scipy", "numpy"] if value.has(sp.erf, sp.erfc) else "numpy"
    value = value.xreplace({a: dummy for dummy, a in known.items()})
    function = sp.lambdify([*problem.coordinates, *known], value, modules)
    with np.errstate(all="ignore"):
        found = np.broadcast_to(function(*points.T, *arrays), len(points))
    return np.where(np.isreal(found), np.real(found), np.nan)


def time_order(problem: Problem, unknown: Any) -> int:
    """Return the highest order of differentiation in time of an unknown."""
    if problem.time is None:
        return 0
    orders = [0]
    for residual in problem.residuals:
        for node in residual.atoms(sp.Derivative):
            if node.expr == unknown:
                orders.append(sum(int(n) for c, n in node.variable_count if c == problem.time))
    return max(orders)


def space_order(problem: Problem, unknown: Any) -> int:
    """Return the highest order of differentiation in space of an unknown."""
    orders = [0]
    for residual in problem.residuals:
        for node in residual.atoms(sp.Derivative):
            if node.expr == unknown:
                orders.append(sum(int(n) for c, n in node.variable_count if c != problem.time))
    return max(orders)
