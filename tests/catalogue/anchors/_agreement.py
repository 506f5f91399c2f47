"""How far a reference is from a statement, by differences that know nothing of either."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum.catalogue import Case, Reference
from residuum.problem import Condition, Problem, read_problem_text, write_problem

_HALF = 5
_OFFSETS = np.arange(-_HALF, _HALF + 1)

Steps = tuple[float, ...]


def stated(case: Case, *words: str) -> Problem:
    """Return the statement, after checking what every case keeps and that it has these traits."""
    problem = case.build()  # a doubtful statement would warn, and warnings are errors here
    assert problem.name == case.name and case.group == "anchors" and case.title
    assert len(case.points) in (1, problem.domain.dimension)
    again = read_problem_text(write_problem(problem))
    assert len(again.residuals) == len(problem.residuals)
    for one, other in zip(problem.residuals, again.residuals, strict=True):
        assert one == other or sp.simplify(one - other) == 0
    for mine, theirs in zip(problem.conditions, again.conditions, strict=True):
        assert (mine.kind, mine.on, mine.jump) == (theirs.kind, theirs.on, theirs.jump)
    if words:  # deriving them takes a while for long expressions
        assert set(words) <= set(problem.traits.words()), problem.traits.words()
    if case.reference is None:
        assert "refinement levels" in case.trust
    else:
        assert 0 < case.floor < 1e-4 and f"{case.floor:.0e}".replace("e-0", "e-") in case.trust
    return problem


def reference_of(case: Case) -> Reference:
    """Return the reference of a case that has one."""
    assert case.reference is not None
    return case.reference


def relative(values: np.ndarray, truth: np.ndarray) -> float:
    """Return the relative L2 distance."""
    return float(np.linalg.norm(values - truth) / np.linalg.norm(truth))


def inner(problem: Problem, count: int, *, steps: Steps, key: int = 23) -> np.ndarray:
    """Return points in the order of the coordinates, with room for differences around them."""
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    points = problem.domain.sample(count, key=key)
    bounds = problem.domain.bounds[order]
    reach = _HALF * np.asarray(steps)
    room = (points[:, order] > bounds[:, 0] + reach) & (points[:, order] < bounds[:, 1] - reach)
    keep = room.all(axis=1)
    if problem.shape is not None:
        space = [problem.domain.axes.index(c.name) for c in problem.space]
        far = np.linalg.norm(
            [r for r, c in zip(reach, problem.coordinates, strict=True) if c.role == "space"]
        )
        keep &= (
            problem.shape.signed_distance(points[:, space]) < -far
            if len(problem.space) > 1
            else True
        )
    assert keep.sum() > count // 4
    found: np.ndarray = points[:, order][keep]
    return found


def _stencil(order: int) -> np.ndarray:
    powers = np.vander(_OFFSETS.astype(float), increasing=True).T
    right = np.zeros(len(_OFFSETS))
    right[order] = float(sp.factorial(order))
    return np.linalg.solve(powers, right)


def _value(
    node: Any, problem: Problem, reference: Reference, points: np.ndarray, steps: Steps
) -> Any:
    """Return an unknown or a derivative of it, mixed ones too, at points (n, d), as (n,)."""
    function = node.expr if isinstance(node, sp.Derivative) else node
    orders = dict(node.variable_count) if isinstance(node, sp.Derivative) else {}
    axes = [(i, int(orders[c])) for i, c in enumerate(problem.coordinates) if c in orders]
    shifts, weights = np.zeros((1, points.shape[1])), np.ones(1)
    for axis, order in axes:
        line = np.zeros((len(_OFFSETS), points.shape[1]))
        line[:, axis] = _OFFSETS * steps[axis]
        shifts = (shifts[:, None] + line).reshape(-1, points.shape[1])
        weights = np.outer(weights, _stencil(order) / steps[axis] ** order).ravel()
    moved = (points + shifts[:, None]).reshape(-1, points.shape[1])
    values = reference(moved)[:, problem.unknowns.index(function)].reshape(len(shifts), -1)
    return weights @ values


def terms(
    expression: Any,
    problem: Problem,
    reference: Reference,
    points: np.ndarray,
    *,
    steps: Steps,
    known: dict[Any, np.ndarray] | None = None,
) -> np.ndarray:
    """Return the value of every term of an expression at points, (terms, n)."""
    nodes = [n for n in expression.atoms(sp.Derivative) if n.expr in problem.unknowns]
    rest = expression.xreplace({n: sp.Dummy() for n in nodes})
    nodes += [u for u in problem.unknowns if rest.has(u)]
    names = {node: sp.Dummy(f"d{i}") for i, node in enumerate(nodes)}
    known = known or {}
    arguments = [*problem.coordinates, *known, *names.values()]
    values = [*points.T, *known.values()]
    values += [_value(n, problem, reference, points, steps) for n in nodes]
    return np.stack(
        [
            np.zeros(len(points)) + sp.lambdify(arguments, term.xreplace(names), "numpy")(*values)
            for term in sp.Add.make_args(sp.expand(expression))
        ]
    )


def _norm(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def equation_defects(
    problem: Problem, reference: Reference, points: np.ndarray, *, steps: Steps
) -> list[float]:
    """Return the defect of every equation by the size of its terms, both as mean squares."""
    found = [terms(r, problem, reference, points, steps=steps) for r in problem.residuals]
    return [_norm(t.sum(axis=0)) / _norm(np.abs(t).sum(axis=0)) for t in found]


def condition_defect(
    problem: Problem, condition: Condition, reference: Reference, *, steps: Steps
) -> float:
    """Return how far a condition is from holding, by the size of its terms and of the solution.

    Conditions with derivatives ask the reference for values just outside of the domain.
    """
    points, known = _places(problem, condition)
    if condition.kind == "periodic":
        axis = [c.name for c in problem.coordinates].index(condition.on)
        low, high = problem.domain.bounds[problem.domain.axes.index(condition.on)]
        points[:, axis] = low
        other = points.copy()
        other[:, axis] = high
        column = problem.unknowns.index(condition.unknown)
        ends = reference(points)[:, column], reference(other)[:, column]
        return _norm(ends[1] - ends[0]) / max(_norm(ends[0]), 1e-300)
    expression = problem.fill(condition.expression(problem.space))
    found = terms(expression, problem, reference, points, steps=steps, known=known)
    # A condition may say that something vanishes: the solution then is the measure.
    about = [u for u in problem.unknowns if sp.sympify(condition.unknown).has(u)]
    order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
    values = reference(problem.domain.sample(16, key=34)[:, order])
    values = values[:, [problem.unknowns.index(u) for u in about]]
    size = max(_norm(np.abs(found).sum(axis=0)), _norm(values))
    return _norm(found.sum(axis=0)) / size


def _places(problem: Problem, condition: Condition) -> tuple[np.ndarray, dict[Any, np.ndarray]]:
    """Return 64 points where a condition holds, and the normals there by their symbols."""
    known: dict[Any, np.ndarray] = {}
    names = [c.name for c in problem.coordinates]
    if condition.kind == "point_value":
        place = dict(getattr(condition, "at", ()))
        return np.array([[place[name] for name in names]]), known
    if problem.shape is None:
        start = problem.interval[0] if problem.interval else 0.0
        return np.full((1, 1), start), known
    if condition.kind in ("initial", "initial_rate", "periodic"):
        space = problem.shape.sample(64, key=31)
    else:
        space = problem.shape.sample_boundary(64, part=condition.on, key=33)
        outward = -problem.shape.inward_normal(space)
        symbols = [sp.Symbol(f"normal_{c.name}", real=True) for c in problem.space]
        known = dict(zip(symbols, outward.T, strict=True))
    order = [list(problem.shape.axes).index(c.name) for c in problem.space]
    space = space[:, order]
    if problem.interval is None:
        return space, known
    low, high = problem.interval
    times = (
        np.full(64, low)
        if condition.kind.startswith("initial")
        else np.linspace(low, high, 66)[1:-1]
    )
    return np.column_stack([times, space]), known


def worst_condition(problem: Problem, reference: Reference, *, steps: Steps) -> float:
    """Return the largest defect of the conditions, integrals left out."""
    kept = [c for c in problem.conditions if c.kind != "integral"]
    return max(condition_defect(problem, c, reference, steps=steps) for c in kept)


def assert_solves(
    case: Case, *, steps: Steps, equations: float, conditions: float = 1e-13, count: int = 120
) -> None:
    """Assert that the reference meets the statement, and that one that is a little wrong does not.

    Args:
        case: with a reference.
        steps: of the differences along each coordinate.
        equations, conditions: largest defects allowed: a few times what was measured, which is
            the noise of the reference over the step, the error of the stencil or the floor.
        count: points tried.
    """
    problem, reference = case.build(), reference_of(case)
    points = inner(problem, count, steps=steps)
    assert max(equation_defects(problem, reference, points, steps=steps)) < equations
    assert worst_condition(problem, reference, steps=steps) < conditions

    def wrong(places: np.ndarray) -> np.ndarray:
        span = np.ptp(problem.domain.bounds, axis=1)
        order = [problem.domain.axes.index(c.name) for c in problem.coordinates]
        wave = np.cos(5 * (places / span[order]).sum(axis=1))
        changed: np.ndarray = reference(places) * (1 + 200 * equations * wave[:, None])
        return changed

    assert max(equation_defects(problem, wrong, points, steps=steps)) > 2 * equations
