"""Walls as mirrors: values or slopes that vanish on a box make periodic problems of twice the size.

An unknown that is zero on a wall goes on oddly behind it, one without slope evenly. Where the
equations look the same in the mirror, what goes on behind the walls solves them too, and it is
periodic after two widths.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import double_precision
from residuum.discretise.spectral._sides import component_of, sides_of
from residuum.discretise.spectral._suits import refuse_parts, refuse_shape
from residuum.geometry import Box
from residuum.problem import Condition, Problem, periodic, pointwise
from residuum.problem._places import at_points

PARITY = {"dirichlet": -1, "neumann": 1}
COUNT = 24
"""Random points at which the equations and their mirror images are compared."""
SAME = 1e-10
FIT = 1e-8
"""What initial data may lack of zero, or of zero slope, at a wall, relative to their size."""

Parities = tuple[tuple[int, ...] | None, ...]
"""For every space axis the sign of each unknown in the mirror; ``None`` for a periodic axis."""


@final
@dataclass(frozen=True)
class Mirror:
    """A problem between walls, and what it is part of.

    Args:
        problem: the same equations on the doubled box, periodic along every axis.
        parities: how its solution looks in the mirrors at the middle.
    """

    problem: Problem
    parities: Parities

    @property
    def copies(self) -> int:
        """How often the box itself is part of the doubled one."""
        return 2 ** sum(signs is not None for signs in self.parities)


def mirror(problem: Problem) -> Mirror | str:
    """Return the periodic problem that a problem between walls is part of, or why there is none."""
    reason = refuse_shape(problem) or refuse_parts(problem)
    if reason or problem.shape is None or problem.time is None:
        return reason or "its walls are no mirrors: it does not evolve in space"
    if problem.coefficients:
        return "its walls are no mirrors: tables end there"
    parities = _parities(problem)
    if isinstance(parities, str):
        return parities
    with double_precision():
        for k, signs in enumerate(parities):
            if signs is not None and not _symmetric(problem, k, signs):
                axis = problem.space[k]
                return f"its walls are no mirrors: the equations differ behind those of {axis}"
        conditions = []
        for c in problem.conditions:
            if c.kind in PARITY:
                continue
            made = _unfolded(problem, c, parities) if c.kind != "periodic" else c
            if made is None:
                return f"its walls are no mirrors: {c} does not fit to them"
            conditions.append(made)
    for k, signs in enumerate(parities):
        if signs is not None:
            conditions += [periodic(u, problem.space[k]) for u in problem.unknowns]
    whole = problem.replace(domain=_doubled(problem, parities), conditions=conditions)
    return Mirror(whole, parities)


def _name(problem: Problem, k: int) -> str:
    return problem.space[k].name


def _ends(problem: Problem, k: int) -> tuple[float, float]:
    assert problem.shape is not None
    low, high = problem.shape.bounds[problem.shape.axes.index(_name(problem, k))]
    return float(low), float(high)


def _doubled(problem: Problem, parities: Parities) -> Box:
    """Return the box with every mirrored axis twice as long, downwards."""
    assert problem.interval is not None and problem.time is not None
    bounds = {problem.time.name: problem.interval}
    for k, signs in enumerate(parities):
        low, high = _ends(problem, k)
        bounds[_name(problem, k)] = (low if signs is None else 2 * low - high, high)
    return Box(**bounds)


def _parities(problem: Problem) -> Parities | str:
    """Return the sign of each unknown at the walls of each axis, by its conditions there."""
    found: dict[tuple[int, int], set[int]] = {}
    ends: dict[tuple[int, int], int] = {}
    for c in problem.conditions:
        if c.kind in ("initial", "initial_rate", "periodic"):
            continue
        j = component_of(problem, c)
        plain = c.kind in PARITY and j >= 0 and c.unknown == problem.unknowns[j]
        if not plain or problem.fill(c.value) != 0:
            return f"its walls are no mirrors: {c}"
        for k, _ in sides_of(problem, c):
            found.setdefault((k, j), set()).add(PARITY[c.kind])
            ends[k, j] = ends.get((k, j), 0) + 1
    rows: list[tuple[int, ...] | None] = []
    for k, axis in enumerate(problem.space):
        around = [axis.name in problem.periodic_axes(u) for u in problem.unknowns]
        if all(around):
            rows.append(None)
            continue
        signs = [found.get((k, j), set()) for j in range(len(problem.unknowns))]
        whole = all(ends.get((k, j)) == 2 for j in range(len(problem.unknowns)))
        if any(around) or not whole or any(len(s) != 1 for s in signs):
            return f"its walls are no mirrors: both of {axis} need the same kind of condition"
        rows.append(tuple(s.pop() for s in signs))
    if not any(rows):
        return "it has no walls"
    return tuple(rows)


def _symmetric(problem: Problem, k: int, signs: tuple[int, ...]) -> bool:
    """Whether every equation holds for the mirror image of whatever it holds for."""
    random = np.random.default_rng(83)
    column = problem.coordinates.index(problem.space[k])
    assert problem.time is not None and problem.interval is not None
    points = np.empty((COUNT, len(problem.coordinates)))
    points[:, problem.coordinates.index(problem.time)] = random.uniform(*problem.interval, COUNT)
    for i, axis in enumerate(problem.space):
        points[:, problem.coordinates.index(axis)] = random.uniform(*_ends(problem, i), COUNT)
    for residual in problem.residuals:
        at = pointwise(problem, residual)
        values = {slot: random.normal(size=COUNT) for slot in at.slots}
        turned = {
            (j, index): signs[j] * (-1) ** index[column] * value
            for (j, index), value in values.items()
        }
        here = np.asarray(at(jnp.asarray(points), values))
        size = np.abs(here).max()
        for wall in _ends(problem, k):
            behind = points.copy()
            behind[:, column] = 2 * wall - points[:, column]
            there = np.asarray(at(jnp.asarray(behind), turned))
            apart = min(np.abs(there - here).max(), np.abs(there + here).max())
            if not apart <= SAME * size:
                return False
    return True


def _unfolded(problem: Problem, condition: Any, parities: Parities) -> Condition | None:
    """Return initial data that go on behind the walls, or ``None`` if they do not fit to them."""
    u, value = condition.unknown, sp.sympify(problem.fill(condition.value))
    if u not in problem.unknowns:
        return None
    j = problem.unknowns.index(u)
    for k, signs in enumerate(parities):
        if signs is None:
            continue
        if not _fits(problem, value, k, signs[j]):
            return None
        x, (low, high) = problem.space[k], _ends(problem, k)
        turned = [value.subs(x, 2 * sp.nsimplify(wall) - x) for wall in (low, high)]
        if all(sp.expand(other - signs[j] * value) == 0 for other in turned):
            continue
        depth = sp.Abs(x - low)
        value = value.subs(x, low + depth) * (sp.sign(x - low) if signs[j] < 0 else 1)
    found: Condition = replace(condition, value=value)
    return found


def _fits(problem: Problem, value: sp.Expr, k: int, sign: int) -> bool:
    """Whether initial data have the value or the slope zero at both walls of an axis."""
    x, random = problem.space[k], np.random.default_rng(84)
    column = problem.coordinates.index(x)
    points = np.zeros((COUNT, len(problem.coordinates)))
    for i, axis in enumerate(problem.space):
        points[:, problem.coordinates.index(axis)] = random.uniform(*_ends(problem, i), COUNT)
    low, high = _ends(problem, k)
    size = float(np.abs(at_points(problem, value, points)).max())
    asked = value if sign < 0 else value.diff(x) * (high - low)
    for wall in (low, high):
        points[:, column] = wall
        lack = np.abs(at_points(problem, asked, points)).max()
        if not lack <= FIT * max(size, 1e-300):
            return False
    return True
