"""What finite volumes ask of a problem."""

from __future__ import annotations

import sympy as sp

from residuum.discretise.spectral import refuse_parts, refuse_shape
from residuum.discretise.volumes._law import ConservationLaw, law_of
from residuum.discretise.volumes._sides import refuse_sides
from residuum.problem import Problem
from residuum.problem._places import space_order


def suits(problem: Problem) -> ConservationLaw | str:
    """Return the law of a problem that finite volumes can solve, or why they cannot."""
    reason = refuse_shape(problem) or refuse_parts(problem) or _refuse_coordinates(problem)
    if reason:
        return reason
    return refuse_sides(problem) or law_of(problem)


def may_jump(problem: Problem) -> bool:
    """Whether a first-order problem has jumps in its data or can make them by itself.

    Then polynomials and waves ring, and finite volumes are the better choice.
    """
    if problem.time is None or any(space_order(problem, u) > 1 for u in problem.unknowns):
        return False
    rough = (sp.Piecewise, sp.Heaviside, sp.sign, sp.floor)
    values = [sp.sympify(c.value) for c in problem.conditions]
    return not problem.traits.linear or any(value.has(*rough) for value in values)


def _refuse_coordinates(problem: Problem) -> str | None:
    if problem.time is None:
        return "it marches in time, and the problem is steady"
    if len(problem.space) not in (1, 2):
        return f"it works in one and two space dimensions, and the problem has {len(problem.space)}"
    for u in problem.unknowns:
        if set(u.args) != set(problem.coordinates):
            return f"it needs unknowns of all coordinates, and {u} is not"
    return None
