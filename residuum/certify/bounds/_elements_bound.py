"""Bounds for any field through a better answer of finite elements."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import sympy as sp

from residuum._core import Certificate, Monitor, OptionError, ResiduumError, Source
from residuum.certify._certifier import Certifier
from residuum.certify.bounds._balance import doubts_of, sorted_border
from residuum.certify.bounds._cells import Cells
from residuum.certify.bounds._distance import Distance, distance
from residuum.certify.bounds._energy import first_mesh
from residuum.certify.bounds._equilibrated import (
    BRAESS_SCHOEBERL,
    ERN_VOHRALIK,
    Proof,
    prove,
    unproved,
)
from residuum.certify.bounds._misfit import misfit
from residuum.certify.bounds._settled import check_tol, settled
from residuum.certify.bounds._statement import Statement, read_statement
from residuum.discretise.elements import ElementField, Levels, grown
from residuum.discretise.volumes import VolumeField
from residuum.geometry.mesh import Mesh
from residuum.problem import ExpressionField, Solution

LEVELS = 8
LEAST, MOST = 1.6, 12.0
"""Cells of a mesh over those of the last, at least and at most."""
SPARE = 1.3
"""How many times more cells than the asymptotic rate asks for."""


@final
@dataclass(frozen=True)
class ElementsBound(Certifier):
    """A guaranteed bound for any field by the triangle inequality over a better answer.

    For the field v and an answer w of finite elements of the highest order,

        ||u - v|| <= ||v - w|| + ||u - w||,    ||u - v|| >= ||v - w|| - ||u - w||.

    The first distance is integrated, the second is bounded by the flux in balance of
    `EquilibratedBound`: in L2 by C times the energy, C the constant of Friedrichs. That is far from
    sharp for w, but w is refined, where its own bound is large, until the upper side is at most
    ``effectivity`` times the lower one. Nothing else stops it but the budget and ``largest``, and
    whatever w is, the bound holds. The meshes are parts of that of v where v is a field of
    elements: the distance is then integrated exactly.

    Args:
        effectivity: how much larger than the error the bound may be before w is refined.
        largest: most unknowns of w.
        tol: relative error that is asked about: once the bound is below it, or the error is proved
            to be above it, w is refined no more. Left out, ``effectivity`` alone counts.

    For a smooth v with values given on the whole boundary, the same is done with the statement that
    u - v obeys and the answer zero: its load is the residual of v, so that w has the size of the
    error and need only resolve its shape.

    Not for the energy norm of a field of elements: `EquilibratedBound` reads that directly. Breaks
    down where v is no such field and better than what ``largest`` unknowns reach: the bound is then
    that of w.
    """

    effectivity: float = 3.0
    largest: int = 60_000
    tol: float | None = None

    name: ClassVar[str] = "elements bound"
    kind: ClassVar[str] = "bound"
    norms: ClassVar[tuple[str, ...]] = ("energy", "L2")
    sources: ClassVar[tuple[Source, ...]] = (BRAESS_SCHOEBERL, ERN_VOHRALIK)

    def __post_init__(self) -> None:
        if not self.effectivity > 1:
            got = repr(self.effectivity)
            raise OptionError("an effectivity above one", got, "Pass 3, say.")
        if self.largest < 1:
            raise OptionError("some unknowns", repr(self.largest), "Leave it out.")
        check_tol(self.tol)

    def enough(self, found: Detour) -> bool:
        """Whether a bound is as sharp as it was asked to be."""
        if found.value <= self.effectivity * found.lower:
            return True
        return settled(self.tol, found.lower, found.value, found.size)

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said; see `Certifier.refuse`."""
        if isinstance(solution.field, VolumeField):
            return "the field jumps between its cells"
        if isinstance(solution.field, ElementField) and norm == "energy":
            return "the energy norm of a field of elements is bounded without another answer"
        return unproved(solution.problem, norm)

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the bound; see `Certifier.certify`."""
        statement = read_statement(solution.problem)
        assert isinstance(statement, Statement)
        found = self._of_misfit(solution, norm, monitor)
        why = ""
        if found is None or not self.enough(found):
            plain, why = _Search(self, solution, statement, norm, monitor).best()
            found = min((item for item in (found, plain) if item), key=_value, default=None)
        if found is None:
            return Certificate(norm=norm, assumptions=(why,))
        rest = found.size - found.value
        relative = found.value / rest if rest > 0 else math.nan
        kind = "estimate" if found.proof.doubts or found.apart.loose else self.kind
        return Certificate(kind, found.value, relative, norm, found.words, by=self.name)

    def _of_misfit(self, solution: Solution, norm: str, monitor: Monitor) -> Detour | None:
        """Return a bound by the statement that the error of a smooth field obeys, if there is one.

        Its answers have the size of the error: they are good enough however small that is.
        """
        try:
            posed = misfit(solution)
        except ResiduumError:
            return None
        statement = None if posed is None else read_statement(posed)
        if posed is None or not isinstance(statement, Statement):
            return None
        nothing = ExpressionField((sp.Integer(0),) * len(posed.unknowns), posed.coordinates)
        none = Solution(posed, nothing, solution.result)
        return _Search(self, none, statement, norm, monitor, whole=solution).best()[0]


@final
@dataclass(frozen=True, eq=False)
class Detour:
    """A better answer, what is proved of it, and how far the field is from it."""

    proof: Proof
    apart: Distance
    told: str

    @property
    def value(self) -> float:
        """The error of the field is at most this."""
        return self.apart.high + self.proof.value

    @property
    def lower(self) -> float:
        """And at least this."""
        return max(0.0, self.apart.low - self.proof.value)

    @property
    def size(self) -> float:
        """Norm of the field."""
        return self.apart.size

    @property
    def words(self) -> tuple[str, ...]:
        """What has to hold."""
        return (*self.proof.doubts, *self.apart.words, *self.proof.words, self.told)


@final
@dataclass(frozen=True, eq=False)
class _Search:
    """Better and better answers of elements; ``whole`` is the field whose error is looked for."""

    options: ElementsBound
    solution: Solution
    statement: Statement
    norm: str
    monitor: Monitor
    whole: Solution | None = None

    def best(self) -> tuple[Detour | None, str]:
        """Return the least bound found, or why there is none."""
        best, why = None, "the budget is spent"
        try:
            for found in self._detours():
                if isinstance(found, str):
                    return best, found
                if best is None or found.value < best.value:
                    best = found
                if self.options.enough(found):
                    break
        except (ResiduumError, FloatingPointError) as error:
            why = str(error)
        return best, why

    def _detours(self) -> Iterator[Detour | str]:
        """Yield a bound for every answer, or the reason for none as the last."""
        field, nested = self.solution.field, False
        mesh: Mesh | str
        if isinstance(field, ElementField):
            cells = Cells(field)
            nested = not doubts_of(cells, self.statement)
            own = prove(self.statement, field, self.norm)
            if isinstance(own, Proof):
                yield Detour(own, Distance.none(own.size), "the field's own bound is the least")
            mesh = mesh_under(cells, self.statement)
        else:
            mesh = first_mesh(self.solution.problem)
        if isinstance(mesh, str):
            yield mesh
            return
        problem = self.solution.problem
        levels = Levels(problem, self.statement.form, None, None, False, self.monitor)
        if isinstance(field, ElementField) and max(field.orders) >= max(levels.orders(mesh)):
            mesh = mesh.refined()  # on its own mesh there is no better answer
        for number in range(LEVELS):
            if self.monitor.spent:
                return
            level = levels.solve(mesh, None, tol=1.0, number=number)
            if not level.result.ok:
                yield f"no better answer: {level.result.value}"
                return
            made = prove(self.statement, level.field, self.norm)
            if isinstance(made, str):
                yield made
                return
            apart = distance(self.statement, level.field, self.solution, self.norm, exact=nested)
            if isinstance(apart, str):
                yield apart
                return
            told = f"through an answer of {level}, itself right to {made.value:.1e}"
            if self.whole is not None:
                size = distance(self.statement, level.field, self.whole, self.norm, exact=False)
                if isinstance(size, str):
                    yield size
                    return
                apart = dataclasses.replace(apart, size=size.size)
                told = f"{told}, to the statement of the error; the field is smooth"
            detour = Detour(made, apart, told)
            yield detour
            growth = self._growth(detour, max(level.field.orders), mesh.dimension)
            mesh = grown(mesh, made.by_cell, growth)
            if level.unknowns * len(mesh.cells) / len(made.by_cell) > self.options.largest:
                return

    def _growth(self, found: Detour, order: int, dimension: int) -> float:
        """Return how many times more cells it takes, by the rate of graded meshes."""
        share = (self.options.effectivity - 1) / (self.options.effectivity + 1)
        aim, most = share * found.apart.low, MOST ** (order / dimension)
        if self.options.tol is not None:
            # Less will do where the distance leaves room below the tolerance.
            tol = self.options.tol
            aim = max(aim, tol * found.size / (1 + tol) - found.apart.high)
        excess = found.proof.value / aim if found.proof.value < most * aim else most
        return min(max(SPARE * max(excess, 1.0) ** (dimension / order), LEAST), MOST)


def _value(found: Detour) -> float:
    return found.value


def mesh_under(cells: Cells, statement: Statement) -> Mesh | str:
    """Return the mesh of a field of elements, with the parts of the domain, or a reason."""
    shape = statement.problem.shape
    border = sorted_border(cells, statement, 0)
    if isinstance(border, str):
        return border
    used, corners = np.unique(cells.corners, return_inverse=True)
    number = np.zeros(len(cells.nodes), int)
    number[used] = np.arange(len(used))
    row, local = cells.border
    facets = number[cells.facets[cells.facet_numbers[row, local]]]
    parts = {str(name): facets[border.part == name] for name in np.unique(border.part.astype(str))}
    names = tuple(c.name for c in statement.form.space)
    table = corners.reshape(cells.corners.shape)
    return Mesh(cells.nodes[used], table, parts, axes=names, shape=shape)
