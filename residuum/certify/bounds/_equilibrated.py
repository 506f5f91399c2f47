"""Guaranteed bounds for fields of finite elements, on their own mesh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from residuum._core import Certificate, Monitor, Source, one_blas_thread
from residuum.certify._certifier import Certifier
from residuum.certify.bounds._balance import balance
from residuum.certify.bounds._constants import Constant, friedrichs, held_parts, poincare
from residuum.certify.bounds._crouzeix_raviart import LIU
from residuum.certify.bounds._duality import BEBENDORF
from residuum.certify.bounds._statement import Statement, read_statement
from residuum.certify.bounds._stress import stress_balance
from residuum.discretise.elements import ElementField
from residuum.problem import Problem, Solution

BRAESS_SCHOEBERL = Source(
    "equilibrated-residual",
    "Equilibrated residual error estimator for edge elements",
    "D. Braess, J. Schöberl",
    2008,
    "doi:10.1090/S0025-5718-07-02080-7",
    "verified",
)
ERN_VOHRALIK = Source(
    "equilibrated-flux",
    "Polynomial-degree-robust a posteriori estimates in a unified setting for conforming,"
    " nonconforming, discontinuous Galerkin, and mixed discretizations",
    "A. Ern, M. Vohralík",
    2015,
    "doi:10.1137/130950100",
    "verified",
)


CONVEX = "second derivatives of the adjoint are bounded by its load, as on a convex domain"


@final
@dataclass(frozen=True)
class EquilibratedBound(Certifier):
    """A bound of the error of a field of finite elements by a flux in balance with the load.

    For -div(A ∇u + F) + c u = f and a flux q whose divergence is that of the equation but for data
    that vary within cells, the energy norm of the error is at most

        ( Σ over cells of ( |A^-1/2 (q - A ∇u_h - F)| + h/π |A^-1/2| |r - mean r| )² )^1/2,

    r = f + div q - c u_h. The flux is the sum of those of small problems around every vertex.
    Steady linear statements in one to three dimensions, orders one to three. The energy norm is
    (∫ A ∇e·∇e + c e² + ∫ α e² over Robin parts)^1/2.

    Systems, elasticity among them, are balanced row by row: the turn of the stress is not zero
    then, and is bounded with Korn's constant. Where that is unknown (a component free on a part of
    the boundary, but for boxes that slide) nothing is said.
    """

    name: ClassVar[str] = "equilibrated bound"
    kind: ClassVar[str] = "bound"
    norms: ClassVar[tuple[str, ...]] = ("energy", "L2")
    sources: ClassVar[tuple[Source, ...]] = (BRAESS_SCHOEBERL, ERN_VOHRALIK, BEBENDORF, LIU)

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said; see `Certifier.refuse`."""
        field = solution.field
        if not isinstance(field, ElementField) or not field.steady:
            return "it needs a steady field of finite elements"
        return unproved(solution.problem, norm)

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the bound; see `Certifier.certify`."""
        statement, field = read_statement(solution.problem), solution.field
        assert isinstance(statement, Statement) and isinstance(field, ElementField)
        monitor.update(0.1, "equilibrating")
        found = prove(statement, field, norm)
        if isinstance(found, str):
            return Certificate(norm=norm, assumptions=(found,))
        if monitor.spent:
            return Certificate(norm=norm, assumptions=("the budget is spent",))
        rest = found.size - found.value
        relative = found.value / rest if rest > 0 else math.nan
        kind = "estimate" if found.doubts else "bound"
        said = (*found.doubts, *found.words)
        return Certificate(kind, found.value, relative, norm, said, by=self.name)


@final
@dataclass(frozen=True, eq=False)
class Proof:
    """What is proved of a field of finite elements.

    Args:
        value: the error is at most this.
        size: norm of the field.
        by_cell: squares of the terms of the energy norm, (m,).
        doubts: why it is an estimate and no bound, if it is.
        words: what has to hold.
    """

    value: float
    size: float
    by_cell: np.ndarray
    doubts: tuple[str, ...]
    words: tuple[str, ...]


def unproved(problem: Problem, norm: str) -> str | None:
    """Return why nothing is proved of elements for this problem in this norm, or ``None``."""
    statement = read_statement(problem)
    if isinstance(statement, str):
        return statement
    held = [held_parts(problem, u) for u in problem.unknowns]
    if len(held) > 1 and not all(held):
        return "of a system every unknown has to be given somewhere"
    if norm == "L2" and not held[0]:
        return "where the unknown is given nowhere, the energy norm alone is bounded"
    return None


def prove(statement: Statement, field: ElementField, norm: str) -> Proof | str:
    """Return what is proved of a field in a norm, or why nothing is."""
    made = balance if statement.count == 1 else stress_balance
    try:
        with one_blas_thread():  # many small systems
            found = made(statement, field)
    except FloatingPointError as error:  # at places of a higher degree
        return str(error)
    if isinstance(found, str):
        return found
    constant = _constant(statement)
    if found.doubts and not constant.proved:
        constant = Constant(0.0, "what is out of balance is left out")
    value = found.bound(constant.value)
    if value is None or not math.isfinite(value):
        return f"what is out of balance cannot be bounded: {constant.reason}"
    size, used = found.energy, [constant.reason] if found.unbalanced else []
    if norm == "L2":
        if constant.value in (0.0, math.inf):
            return constant.reason
        value, size = found.in_l2(value, constant.value), found.size
        used = [constant.reason] if found.dual is None else [constant.reason, CONVEX]
    return Proof(value, size, found.by_cell, found.doubts, (*found.assumptions, *used))


def _constant(statement: Statement) -> Constant:
    problem = statement.problem
    if all(held_parts(problem, u) for u in problem.unknowns):
        return friedrichs(problem)
    given = [*statement.reaction, *(alpha for alpha, _ in statement.sides.values())]
    if any(item != 0 for item in given):
        return Constant(math.inf, "the unknown is given nowhere on the boundary")
    return poincare(problem)  # constants have no energy: errors are of mean zero
