"""Quantities of interest: one number that an answer is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy as sp

from residuum._core import Field, OptionError
from residuum.discretise.elements._integrand import Integrand, Place
from residuum.discretise.elements._offset import Offset
from residuum.discretise.elements._reading import point_rule
from residuum.discretise.elements._space import Quadrature, Space
from residuum.problem import Problem, WeakForm
from residuum.problem._conditions import normal
from residuum.problem._operators import argument_of, components
from residuum.problem._pointwise import known_functions

MOMENTS = 24
"""Gauss points over the time."""
WHEN = ("average", "final")


@final
@dataclass(frozen=True)
class Quantity:
    """∫ integrand over the domain or a part of its boundary, or a value at a point.

    Args:
        integrand: SymPy expression of coordinates, unknowns and their first derivatives, such as
            ``x * u``; a vector such as ``rs.grad(u)`` where ``through`` is set.
        over: ``"domain"`` or the name of a boundary part.
        at: a place instead, by the names of the space coordinates.
        when: of an evolving problem: ``"average"`` over the time, or ``"final"``.
        through: whether the integrand is a vector, one entry per space coordinate, of which the
            outward normal component is integrated over a boundary part.
    """

    integrand: Any
    over: str = "domain"
    at: Mapping[str, float] | None = None
    when: str = "average"
    through: bool = False

    def __post_init__(self) -> None:
        if self.when not in WHEN:
            raise OptionError(f"a time among {', '.join(WHEN)}", repr(self.when), "Correct it.")
        if self.through and (self.over == "domain" or self.at is not None):
            raise OptionError("a boundary part to go through", self.over, "Give over=….")

    def refuse(self, problem: Problem) -> str | None:
        """Return why the problem has no such quantity, or ``None``."""
        assert problem.shape is not None
        if self.at is not None and set(self.at) != {c.name for c in problem.space}:
            return f"the place {dict(self.at)} does not name every coordinate of space"
        if self.over not in ("domain", *problem.shape.parts):
            return f"the domain has no part {self.over}: {', '.join(problem.shape.parts)}"
        return None

    def expression(self, problem: Problem) -> Any:
        """Return what is integrated, as one expression."""
        if not self.through:
            return problem.fill(sp.sympify(self.integrand)).doit()
        parts = zip(self.vector(problem), normal(problem.space), strict=True)
        return sp.Add(*(item * n for item, n in parts)).doit()

    def vector(self, problem: Problem) -> list[Any]:
        """Return the components of what goes through a part."""
        vector = problem.fill(argument_of(self.integrand))
        return [sp.sympify(item).doit() for item in components(vector, problem.space)]


def quantity_of(
    quantity: Quantity, problem: Problem, form: WeakForm, space: Space, field: Field
) -> float:
    """Return the quantity of a field, integrated on the cells of a space.

    Raises:
        FloatingPointError: the field is not finite.
        OptionError: the place of the quantity lies outside the mesh.
    """
    offset, number = Offset(form, field), quantity.expression(problem)
    integrand = Integrand(form, (number,), known_functions(problem), {})
    where = rule_of(quantity, problem, space)
    total = 0.0
    for time, share in _moments(quantity, problem):
        known = offset.trials(where, time, integrand.atoms.values())
        (values,) = integrand.values(Place(where.points, where.normals, time), known)
        total += share * float((where.weights * values).sum())
    return total


def rule_of(quantity: Quantity, problem: Problem, space: Space) -> Quadrature:
    """Return the quadrature of a quantity: over the cells, a boundary part, or one place.

    Raises:
        OptionError: the place lies outside the mesh.
    """
    if quantity.at is not None:
        return point_rule(space, [float(quantity.at[c.name]) for c in problem.space])
    return space.volume if quantity.over == "domain" else space.side(quantity.over)


def _moments(quantity: Quantity, problem: Problem) -> list[tuple[float, float]]:
    if problem.interval is None:
        return [(0.0, 1.0)]
    low, high = problem.interval
    if quantity.when == "final":
        return [(float(high), 1.0)]
    nodes, weights = np.polynomial.legendre.leggauss(MOMENTS)
    times = low + (high - low) * (nodes + 1) / 2
    return [(float(t), float(w) / 2) for t, w in zip(times, weights, strict=True)]
