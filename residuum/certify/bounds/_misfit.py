"""The statement that the error of a smooth field obeys."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import Field, Index
from residuum.certify.bounds._coercive import ROUGH
from residuum.certify.bounds._flux_bound import kinked, tables
from residuum.discretise import ElementField, VolumeField
from residuum.problem import Eq, Problem, Solution, coefficient
from residuum.problem._by_parts import scalars
from residuum.problem._pointwise import Pointwise, pointwise


@final
@dataclass(frozen=True, eq=False)
class Reads:
    """An expression of a field's derivatives, as a function of coordinate arrays of NumPy.

    Args:
        field: it is read, wherever it is asked for.
        what: the expression.
    """

    field: Field
    what: Pointwise

    def __call__(self, *columns: np.ndarray) -> np.ndarray:
        """Return its values at points (n,) per coordinate, (n,)."""
        points, indices = np.stack(columns, axis=1), self.what.indices
        table = tables(self.field, points, indices)
        values = {(j, index): table[:, indices.index(index), j] for j, index in self.what.slots}
        return np.asarray(self.what(jnp.asarray(points), values))

    def derivative_at(self, index: Index, *columns: np.ndarray) -> np.ndarray:
        """Return a derivative by the coordinates at points, (n,): that of the expression."""
        expression = self.what.expression
        for coordinate, order in zip(self.what.coordinates, index, strict=True):
            expression = sp.diff(expression, coordinate, order)
        return Reads(self.field, dataclasses.replace(self.what, expression=expression))(*columns)


def misfit(solution: Solution) -> Problem | None:
    """Return the statement of u - v for a field v, or ``None`` where it is not of this kind.

    It has the residual of v as its load, and on the boundary the values that v misses. Both have
    the size of the error: elements need only resolve its shape, however small it is. Values are to
    be given on the whole boundary, and v to be smooth: second derivatives are taken of it.
    """
    problem, field = solution.problem, solution.field
    if isinstance(field, ElementField | VolumeField) or kinked(field) or problem.coefficients:
        return None
    if any(item.kind != "dirichlet" for item in problem.conditions):
        return None
    pairs = [pair for equation in problem.equations for pair in scalars(problem, equation)]
    if any(sp.sympify(item).has(*ROUGH) for pair in pairs for item in pair):
        return None
    zero = {u: sp.Integer(0) for u in problem.unknowns}
    given: dict[str, Any] = {}

    def read(name: str, expression: Any) -> Any:
        given[name] = Reads(field, pointwise(problem, expression))
        return coefficient(name, *problem.coordinates)

    equations = []
    for i, (pair, residual) in enumerate(zip(pairs, problem.residuals, strict=True)):
        left, right = pair
        # Of left - right for u - v the load is to go, and the residual of v to come.
        load = residual.subs(zero).doit()
        equations.append(Eq(left - right, load - read(f"residual_{i}", residual)))
    values = {u: read(f"value_{j}", u) for j, u in enumerate(problem.unknowns)}
    conditions = [
        dataclasses.replace(item, value=item.value - values[item.unknown])
        for item in problem.conditions
    ]
    return Problem(
        problem.domain,
        equations,
        conditions,
        given={**problem.given, **given},
        name=problem.name,
    )
