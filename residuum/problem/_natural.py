"""Natural boundary terms: the outward flux of an equation, as its conditions give it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from residuum._core._errors import ConditionError
from residuum.problem._conditions import Robin, normal
from residuum.problem._operators import components
from residuum.problem._symbols import Unknown

if TYPE_CHECKING:
    from residuum.problem._problem import Problem

Expression = Any


def boundary_terms(
    problem: Problem, flux: Sequence[Expression], test: int, multipliers: Sequence[int]
) -> dict[str, Expression]:
    """Return what multiplies the test function on each part where it is free.

    Where conditions give the outward flux (flux, Neumann, Robin) they are put in; where none is
    given, the part of the flux with derivatives is taken as zero, and the rest is kept.

    Raises:
        ConditionError: a condition on the normal derivative that does not determine the flux.
    """
    shape = problem.shape
    assert shape is not None
    found = {}
    for part in shape.parts:
        if _held(problem, problem.unknowns[test], part):
            continue
        term = _term(problem, list(flux), part)
        term = term.xreplace(_known_multipliers(problem, part, multipliers))
        if term != 0:
            found[part] = problem.fill(term)
    return found


def _held(problem: Problem, u: Any, part: str) -> bool:
    """Whether the test functions vanish on a part, or the part is no boundary at all."""
    if part.rpartition("_")[0] in problem.periodic_axes(u):
        return True
    return any(
        c.kind == "dirichlet" and c.unknown == u and _on(c, part) for c in problem.conditions
    )


def _on(condition: Any, part: str) -> bool:
    return condition.on in (part, "boundary")


def _term(problem: Problem, flux: list[Expression], part: str) -> Expression:
    """Return minus the outward component of the flux on a part."""
    normals = normal(problem.space)
    if not any(item != 0 for item in flux):
        return sp.Integer(0)
    for condition in problem.conditions:
        if condition.kind == "flux" and _on(condition, part):
            factor = _ratio(problem, flux, components(condition.unknown, problem.space))
            if factor is not None:
                given = [
                    factor * problem.fill(g) for g in components(condition.unknown, problem.space)
                ]
                rest = [sp.expand(f + g) for f, g in zip(flux, given, strict=True)]
                return factor * problem.fill(condition.value) - _dot(rest, normals)
    still = [_without_gradients(item) for item in flux]
    moving = [sp.expand(a - b) for a, b in zip(flux, still, strict=True)]
    slopes = sp.Integer(0)
    for u in _subjects(moving):
        conductivity, moving = _conductivity(problem, moving, u)
        slope = _slope(problem, u, part)
        if slope is None:
            continue
        if conductivity is None:
            raise ConditionError(
                f"a flux along the gradient of {u} where its normal derivative is given",
                f"the flux {flux} on {part!r}",
                "Give the outward flux itself: flux(vector, value, on=…).",
            )
        slopes += conductivity * slope
    return sp.expand(slopes - _dot(still, normals))


def _dot(vector: Sequence[Expression], normals: Sequence[Any]) -> Expression:
    return sp.Add(*(n * item for n, item in zip(normals, vector, strict=True)))


def _gradients(expression: Expression) -> list[Any]:
    atoms = expression.atoms(sp.Derivative)
    return sorted((a for a in atoms if isinstance(a.expr, Unknown)), key=str)


def _without_gradients(expression: Expression) -> Expression:
    return expression.xreplace({a: sp.Integer(0) for a in _gradients(expression)})


def _subjects(flux: Sequence[Expression]) -> list[Any]:
    return list(dict.fromkeys(a.expr for item in flux for a in _gradients(item)))


def _ratio(problem: Problem, flux: list[Expression], given: list[Expression]) -> Expression | None:
    """Return the factor c for which flux + c · given has no derivatives, or ``None``."""
    given = [problem.fill(item) for item in given]
    for atoms in ((lambda e: _gradients(e)), (lambda e: sorted(e.atoms(Unknown), key=str))):
        for own, other in zip(flux, given, strict=True):
            for atom in atoms(other):
                slope = sp.diff(other, atom)
                if slope == 0:
                    continue
                factor = sp.simplify(-sp.diff(own, atom) / slope)
                rest = [sp.simplify(a + factor * b) for a, b in zip(flux, given, strict=True)]
                if factor != 0 and not any(_gradients(item) for item in rest):
                    return factor
            if atoms(other):
                break
        if any(_gradients(item) for item in given):
            return None
    return None


def _conductivity(
    problem: Problem, flux: list[Expression], u: Any
) -> tuple[Expression | None, list[Expression]]:
    """Return k with flux = -k grad u + rest, and the rest; ``None`` if the flux turns aside."""
    slopes = [sp.Derivative(u, c) for c in problem.space]
    own = [item - item.xreplace({s: sp.Integer(0) for s in slopes}) for item in flux]
    rest = [sp.expand(a - b) for a, b in zip(flux, own, strict=True)]
    found = [sp.simplify(-item / s) for item, s in zip(own, slopes, strict=True)]
    if any(sp.simplify(item - found[0]) != 0 for item in found[1:]):
        return None, rest
    return found[0], rest


def _slope(problem: Problem, u: Any, part: str) -> Expression | None:
    """Return the outward normal derivative of an unknown on a part, if a condition gives it."""
    for c in problem.conditions:
        if c.unknown == u and _on(c, part):
            if c.kind == "neumann":
                return problem.fill(c.value)
            if isinstance(c, Robin) and problem.fill(c.b) != 0:
                return problem.fill((c.value - c.a * u) / c.b)
    return None


def _known_multipliers(
    problem: Problem, part: str, multipliers: Sequence[int]
) -> dict[Any, Expression]:
    return {
        problem.unknowns[j]: problem.fill(c.value)
        for j in multipliers
        for c in problem.conditions
        if c.kind == "dirichlet" and c.unknown == problem.unknowns[j] and _on(c, part)
    }
