"""Equations integrated by parts: what multiplies a test function and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from residuum._core._errors import ProblemError
from residuum.problem._operators import Div, Laplacian, components, is_vector, strong_form
from residuum.problem._symbols import Coordinate, Unknown

if TYPE_CHECKING:
    from residuum.problem._problem import Problem

Expression = Any


class NoWeakForm(ProblemError):
    """The statement cannot be brought into weak form; the message says which term is in the way."""


@dataclass
class Split:
    """An equation taken apart: plain source and the vector that multiplies grad v."""

    source: Expression
    flux: list[Expression]


def scalars(problem: Problem, equation: Any) -> list[tuple[Expression, Expression]]:
    """Return the sides of an equation component by component, divergences kept."""
    left, right = equation.left, equation.right
    if not (is_vector(left) or is_vector(right)):
        return [(left, right)]
    sides = [
        [sp.Integer(0)] * len(problem.space) if side == 0 else _parts(side, problem.space)
        for side in (left, right)
    ]
    return list(zip(*sides, strict=True))


def _parts(side: Expression, space: Sequence[Coordinate]) -> list[Expression]:
    """Return the components of a vector, with the Laplacian of a vector kept as Laplacians."""
    if isinstance(side, Laplacian):
        return [Laplacian(item) for item in _parts(side.args[0], space)]
    if isinstance(side, sp.Add):
        rows = [_parts(item, space) for item in side.args]
        return [sp.Add(*items) for items in zip(*rows, strict=True)]
    if isinstance(side, sp.Mul):
        vectors = [item for item in side.args if is_vector(item)]
        if len(vectors) == 1 and isinstance(vectors[0], Laplacian | sp.Add):
            factor = sp.Mul(*(item for item in side.args if item is not vectors[0]))
            return [factor * item for item in _parts(vectors[0], space)]
    return components(side, space)


def split(problem: Problem, left: Expression, right: Expression) -> Split:
    """Take left minus right apart: second derivatives by parts, everything else as it stands."""
    found = Split(sp.Integer(0), [sp.Integer(0)] * len(problem.space))
    for term in sp.Add.make_args(sp.expand(left - right)):
        nodes = [item for item in sp.Mul.make_args(term) if isinstance(item, Div | Laplacian)]
        if len(nodes) == 1:
            factor = sp.Mul(*(item for item in sp.Mul.make_args(term) if item is not nodes[0]))
            _by_parts(
                problem, found, strong_form(factor, problem.space), _vector(problem, nodes[0])
            )
        else:
            _plain(problem, found, strong_form(term, problem.space))
    return found


def _vector(problem: Problem, node: Expression) -> list[Expression]:
    """Return the argument of a divergence, or the gradient under a Laplacian."""
    if isinstance(node, Div):
        return components(node.args[0], problem.space)
    inner = strong_form(node.args[0], problem.space)
    return [sp.diff(inner, c) for c in problem.space]


def _by_parts(problem: Problem, found: Split, factor: Expression, vector: list[Expression]) -> None:
    """Add factor · div(vector), integrated by parts."""
    for k, (c, part) in enumerate(zip(problem.space, vector, strict=True)):
        found.flux[k] -= factor * part
        found.source -= part * sp.diff(factor, c)


def _plain(problem: Problem, found: Split, term: Expression) -> None:
    """Add a term in plain derivatives: second ones by parts, one derivative at a time."""
    term = sp.expand(term) if second_derivatives(problem, term) else term
    for item in sp.Add.make_args(term):
        second = second_derivatives(problem, item)
        if not second:
            found.source += item
            continue
        factor = sp.diff(item, second[0])
        if len(second) > 1 or factor.has(second[0]) or second_derivatives(problem, factor):
            raise NoWeakForm(
                "second derivatives that enter linearly",
                str(item),
                "Write the term as div(…) of a flux.",
            )
        first, second_axis = _axes(problem, second[0])
        vector = [sp.Integer(0)] * len(problem.space)
        vector[problem.space.index(first)] = sp.diff(second[0].expr, second_axis)
        _by_parts(problem, found, factor, vector)


def second_derivatives(problem: Problem, term: Expression) -> list[Any]:
    """Return the second derivatives in space in a term."""
    found = []
    for item in term.atoms(sp.Derivative):
        if not isinstance(item.expr, Unknown):
            continue
        order = sum(int(n) for c, n in item.variable_count if c != problem.time)
        if order > 2 or (order == 2 and problem.time in item.variables):
            raise _too_high(item)
        if order == 2:
            found.append(item)
    return found


def _too_high(item: Any) -> NoWeakForm:
    return NoWeakForm(
        "derivatives up to order two in space, and none of them in time too",
        str(item),
        "Name the inner derivative an unknown of its own, and state a system.",
    )


def _axes(problem: Problem, item: Any) -> tuple[Any, Any]:
    spaces = [c for c, n in item.variable_count for _ in range(int(n))]
    return spaces[0], spaces[1]


def filled(problem: Problem, part: Split) -> Split:
    """Put the known numbers in.

    Raises:
        NoWeakForm: derivatives of too high an order are left.
    """
    filled = [problem.fill(item) for item in (part.source, *part.flux)]
    filled = [item.doit() if item.has(sp.Derivative) else item for item in filled]
    for item in filled[1:]:
        if second_derivatives(problem, item) or rate_atoms(problem, item):
            raise NoWeakForm(
                "fluxes of the unknowns and their first derivatives in space",
                str(item),
                "Name the inner derivative an unknown of its own, and state a system.",
            )
    if second_derivatives(problem, filled[0]):
        raise NoWeakForm(
            "factors of a divergence free of derivatives",
            str(filled[0]),
            "Put the factor under the divergence.",
        )
    return Split(filled[0], filled[1:])


def rate_atoms(problem: Problem, expression: Expression) -> list[Any]:
    """Return the time derivatives of unknowns in an expression."""
    atoms = expression.atoms(sp.Derivative)
    return [a for a in atoms if isinstance(a.expr, Unknown) and problem.time in a.variables]


def gradients(problem: Problem, expression: Expression) -> list[Any]:
    """Return the first derivatives in space of unknowns in an expression, in a fixed order."""
    atoms = [
        a
        for a in expression.atoms(sp.Derivative)
        if isinstance(a.expr, Unknown) and problem.time not in a.variables
    ]
    return sorted(atoms, key=str)
