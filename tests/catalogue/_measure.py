"""How far a function is from solving a stated problem, by differences that know nothing of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum.catalogue import Reference
from residuum.problem import Condition, Problem

_HALF = 6
_OFFSETS = np.arange(-_HALF, _HALF + 1)


def relative(values: np.ndarray, truth: np.ndarray) -> float:
    """Return the relative L2 distance."""
    return float(np.linalg.norm(values - truth) / np.linalg.norm(truth))


def grid(*axes: np.ndarray) -> np.ndarray:
    """Return the points (n, d) of a tensor grid, the last axis running fastest."""
    return np.stack([item.ravel() for item in np.meshgrid(*axes, indexing="ij")], axis=1)


def scattered(problem: Problem, count: int, key: int) -> np.ndarray:
    """Return points (count, d) inside the domain, columns in the order of the coordinates."""
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    return problem.domain.sample(count, key=key)[:, order]


def _stencil(order: int) -> np.ndarray:
    """Return the weights of a central difference over ``_OFFSETS`` at unit spacing."""
    powers = np.vander(_OFFSETS.astype(float), increasing=True).T
    right = np.zeros(len(_OFFSETS))
    right[order] = float(sp.factorial(order))
    return np.linalg.solve(powers, right)


def _value(
    node: Any, problem: Problem, reference: Reference, points: np.ndarray, steps: tuple[float, ...]
) -> np.ndarray:
    """Return an unknown or one pure derivative of it at points (n, d), as (n,)."""
    function = node.expr if isinstance(node, sp.Derivative) else node
    component = problem.unknowns.index(function)
    if node is function:
        return reference(points)[:, component]
    ((variable, order),) = node.variable_count
    axis = problem.coordinates.index(variable)
    shifts = np.zeros((len(_OFFSETS), 1, points.shape[1]))
    shifts[:, 0, axis] = _OFFSETS * steps[axis]
    moved = (points + shifts).reshape(-1, points.shape[1])
    values = reference(moved)[:, component].reshape(len(_OFFSETS), -1)
    found: np.ndarray = _stencil(int(order)) @ values / steps[axis] ** int(order)
    return found


def _terms(
    expression: sp.Expr,
    problem: Problem,
    reference: Reference,
    points: np.ndarray,
    steps: tuple[float, ...],
) -> np.ndarray:
    """Return the value of every term of an expression at points, shape (terms, n)."""
    nodes = [n for n in expression.atoms(sp.Derivative) if n.expr in problem.unknowns]
    rest = expression.xreplace({n: sp.Dummy() for n in nodes})
    nodes += [u for u in problem.unknowns if rest.has(u)]
    names = {node: sp.Dummy(f"d{i}") for i, node in enumerate(nodes)}
    arguments = [*problem.coordinates, *names.values()]
    values = [*points.T, *(_value(n, problem, reference, points, steps) for n in nodes)]
    return np.stack(
        [
            np.zeros(len(points)) + sp.lambdify(arguments, term.xreplace(names), "numpy")(*values)
            for term in sp.Add.make_args(sp.expand(expression))
        ]
    )


def _norm(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def equation_defect(
    problem: Problem, reference: Reference, points: np.ndarray, steps: tuple[float, ...]
) -> float:
    """Return the largest defect of an equation, by the size of its terms, both mean squares.

    Taken at those of the points that have room for the differences.
    """
    room = problem.domain.bounds[[problem.domain.axes.index(c.name) for c in problem.coordinates]]
    reach = _HALF * np.asarray(steps)
    inside = ((points > room[:, 0] + reach) & (points < room[:, 1] - reach)).all(axis=1)
    assert inside.sum() > len(points) // 2
    found = [_terms(r, problem, reference, points[inside], steps) for r in problem.residuals]
    return max(_norm(item.sum(axis=0)) / _norm(np.abs(item).sum(axis=0)) for item in found)


def _start(problem: Problem, condition: Condition, reference: Reference, steps: Any) -> float:
    """Compare value or rate at the start; a rate needs a reference that goes on before it."""
    assert problem.interval is not None
    points = np.full((64, 1), problem.interval[0])
    if problem.shape is not None:
        points = np.hstack([points, problem.shape.sample(64, key=31)])
    expression = problem.fill(condition.expression(problem.space))
    return _norm(_terms(expression, problem, reference, points, steps).sum(axis=0))


def _ends(problem: Problem, condition: Condition, reference: Reference) -> float:
    """Compare the two ends of a periodic axis and places at equal distances beyond them."""
    axis = [c.name for c in problem.coordinates].index(condition.on)
    low, high = problem.domain.bounds[problem.domain.axes.index(condition.on)]
    points = scattered(problem, 64, key=32)
    points[:, axis] = low + np.linspace(-0.1, 0.1, 64)
    other = points.copy()
    other[:, axis] += high - low
    return _norm(reference(other) - reference(points))


def condition_defect(
    problem: Problem, condition: Condition, reference: Reference, steps: tuple[float, ...]
) -> float:
    """Return how far one condition is from holding, by the largest value of the solution."""
    size = float(np.abs(reference(scattered(problem, 64, key=34))).max())
    if condition.kind in ("initial", "initial_rate"):
        return _start(problem, condition, reference, steps) / size
    if condition.kind == "periodic":
        return _ends(problem, condition, reference) / size
    assert condition.kind == "dirichlet" and problem.shape is not None
    points = problem.shape.sample_boundary(64, part=condition.on, key=33)
    if problem.interval is not None:
        points = np.column_stack([np.linspace(*problem.interval, 64), points])
    value = sp.lambdify(problem.coordinates, problem.fill(condition.value), "numpy")(*points.T)
    return float(np.abs(reference(points)[:, 0] - value).max() / size)
