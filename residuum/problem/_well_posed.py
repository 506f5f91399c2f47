"""Do the conditions agree where they meet, and are they as many as a solution needs?"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from residuum._core._errors import ConditionError
from residuum.problem._conditions import BOUNDARY_KINDS, Condition, Dirichlet, Initial
from residuum.problem._operators import Grad
from residuum.problem._places import at_points, length_of, points_of, space_order
from residuum.problem._symbols import Unknown

if TYPE_CHECKING:
    from residuum.problem._problem import Problem


class WellPosednessWarning(UserWarning):
    """The conditions look too few or too many for a unique solution."""


def check_corners(problem: Problem) -> None:
    """Compare conditions that meet: the start with the boundary, and neighbouring sides."""
    values = [c for c in problem.conditions if isinstance(c, Dirichlet) and not c.jump]
    starts = [c for c in problem.conditions if isinstance(c, Initial) and not c.jump]
    for condition in values:
        points = points_of(problem, condition, 16)
        if points is None or problem.shape is None:
            continue
        corner = _corner_points(problem, condition)
        for other in values:
            if other is condition or other.unknown != condition.unknown or not len(corner):
                continue
            shared = corner[problem.shape.on_part(corner, other.on, 1e-9 * length_of(problem))]
            for share in (0.0, 0.37, 0.71, 1.0) if problem.interval else (0.0,):
                _agree(problem, condition, other, _with_time(problem, shared, share))
        for start in starts:
            if start.unknown == condition.unknown and problem.interval is not None:
                points[:, 0] = problem.interval[0]
                extra = _with_time(problem, corner)
                _agree(problem, condition, start, np.vstack([points, extra]))


def _with_time(problem: Problem, space: np.ndarray, share: float = 0.0) -> np.ndarray:
    """Put a time in front of space points: the start, or a share of the way to the end."""
    if problem.interval is None or not len(space):
        return space.reshape(-1, len(problem.coordinates))
    start, end = problem.interval
    return np.column_stack([np.full(len(space), start + share * (end - start)), space])


def _corner_points(problem: Problem, condition: Condition) -> np.ndarray:
    """Corners of a box or polygon that lie on the part of a condition."""
    shape = problem.shape
    assert shape is not None
    vertices = getattr(shape, "vertices", None)
    if vertices is None:
        if not all(f"{axis}_min" in shape.parts for axis in shape.axes):
            return np.zeros((0, shape.dimension))
        grids = np.meshgrid(*shape.bounds, indexing="ij")
        vertices = np.stack([g.ravel() for g in grids], axis=1)
    corners = np.asarray(vertices, float)
    found: np.ndarray = corners[shape.on_part(corners, condition.on, 1e-9 * length_of(problem))]
    return found


def _agree(problem: Problem, one: Condition, other: Condition, points: np.ndarray) -> None:
    a, b = problem.fill(one.value), problem.fill(other.value)
    free = (a.free_symbols | b.free_symbols) - set(problem.coordinates)
    if free or a.atoms(sp.core.function.AppliedUndef) or b.atoms(sp.core.function.AppliedUndef):
        return
    if not len(points):
        return
    left, right = at_points(problem, a, points), at_points(problem, b, points)
    # Times at 37ths of the interval: sines that vanish at simple fractions of it are seen.
    wide = [(a, points_of(problem, one, 38)), (b, points_of(problem, other, 38))]
    sizes = [
        float(np.abs(at_points(problem, value, where)).max())
        for value, where in wide
        if where is not None
    ]
    size = max([*sizes, 1e-300])
    gap = np.abs(left - right)
    if gap.max() > 1e-6 * size:
        place = dict(
            zip([c.name for c in problem.coordinates], points[gap.argmax()].tolist(), strict=True)
        )
        raise ConditionError(
            f"conditions on {one.unknown} that agree where they meet",
            f"{left[gap.argmax()]:g} by {one} and {right[gap.argmax()]:g} by {other} at {place}",
            "Correct one, or pass jump=True to the condition whose jump is meant.",
        )


def check_counts(problem: Problem) -> None:
    """Warn where the number of boundary conditions does not fit the order in space."""
    for message in [*_odd_counts(problem), *_undetermined(problem)]:
        warnings.warn(message, WellPosednessWarning, stacklevel=4)


def _odd_counts(problem: Problem) -> list[str]:
    found: list[str] = []
    if problem.shape is None or problem.observations:
        return found
    orders = {u: space_order(problem, u) for u in problem.unknowns}
    counts = {part: _counts_at(problem, part, orders) for part in problem.shape.parts}
    for u, order in orders.items():
        for part, count in counts.items():
            message = _judge(order, count[u])
            if message:
                there = f"{count[u]} for order {order}"
                found.append(f"{message} conditions on {u} at {part!r}: {there}")
        alone = len(problem.unknowns) == 1
        found += _both_ends(problem, u, counts) if order == 1 and alone else []
    return found


def _both_ends(problem: Problem, u: Any, counts: dict[str, dict[Any, int]]) -> list[str]:
    """First order along an axis carries one value from one end to the other."""
    found = []
    for c in problem.space:
        ends = [counts.get(f"{c.name}_{end}", {}).get(u, 0) for end in ("min", "max")]
        if ends == [1, 1]:
            found.append(f"too many conditions on {u}: values at both ends of {c} for order 1")
    return found


def _counts_at(problem: Problem, part: str, orders: dict[Any, int]) -> dict[Any, int]:
    """Return how many conditions each unknown has at a part; 100 and more where it is periodic.

    A condition counts once: a stress that holds two displacements is one condition on whichever
    of them the others leave most room for.
    """
    found = dict.fromkeys(problem.unknowns, 0)
    for c in sorted(problem.conditions, key=lambda c: len(_subjects(c.unknown))):
        about = [u for u in problem.unknowns if u in _subjects(c.unknown)]
        if c.kind == "periodic" and part.rpartition("_")[0] == c.on:
            found.update({u: found[u] + 100 for u in about})
        elif c.kind in BOUNDARY_KINDS and c.on in (part, "boundary") and about:
            found[max(about, key=lambda u: (orders[u] + 1) // 2 - found[u])] += 1
    return found


def _subjects(expression: Any) -> set[Any]:
    """The unknowns a condition fixes: those it differentiates, or all where it does none.

    A flux such as ν grad(u) - vector(p, 0) stands for the condition on u; p is only part of it.
    """
    expression = sp.sympify(expression)
    found = {u for node in expression.atoms(Grad, sp.Derivative) for u in node.atoms(Unknown)}
    return found or expression.atoms(Unknown)


def _judge(order: int, n: int) -> str:
    if n >= 100:
        return ""
    if order >= 2 and order % 2 == 0 and n < order // 2:
        return "too few"
    return "too many" if n > (order + 1) // 2 and n > 0 else ""


def _undetermined(problem: Problem) -> list[str]:
    """Warn where a steady solution is fixed only up to a constant."""
    found: list[str] = []
    for u in problem.unknowns if problem.time is None and not problem.observations else ():
        fixed = any(
            u in sp.sympify(c.unknown).atoms(Unknown)
            and c.kind in ("dirichlet", "robin", "point_value", "integral")
            for c in problem.conditions
        )
        shift = sp.Dummy("shift")
        # A flux may hold the value itself, as an outlet's force holds the pressure.
        fluxes = [c.expression(problem.space) for c in problem.conditions if c.kind == "flux"]
        unchanged = all(
            sp.simplify(r.subs(u, u + shift).doit() - r) == 0 for r in (*problem.residuals, *fluxes)
        )
        if not fixed and unchanged:
            found.append(
                f"{u} is fixed only up to a constant: add a Dirichlet, point or integral value"
            )
    return found
