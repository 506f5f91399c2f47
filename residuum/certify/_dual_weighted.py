"""The error of one number by the residual, weighted by the solution of the adjoint problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from residuum._core import Certificate, Field, Monitor, in_double_precision
from residuum.certify._defect_correction import Figures
from residuum.certify._quantity_error import OfQuantity, figures_of_number
from residuum.discretise.elements import Dual, Duals
from residuum.geometry.mesh import Mesh
from residuum.problem import Solution, weak_form

SQUARES = 0.2
"""Largest share of the linearised error that the square of the error may add. Far away Newton's
steps fall by a constant factor: by 1/4 for squares, more for cubes and exponentials, with most of
the error to come. For single equations with these the estimate is 0.97 of the error at this share.
"""


@final
@dataclass(frozen=True, eq=False)
class CorrectedNumber:
    """A quantity of interest with its error added.

    Args:
        value: J(v) less the residual R(v; z); ``None`` where nothing can be said.
        certificate: of J(v), of the answer as it was given.
        rest: of ``value``.
        adjoint: z, one value per unknown: what a residual in a place is worth to the quantity.
        mesh: the finest one, refined for the sake of the quantity.
        unknowns: numbers that were solved for on it.
    """

    value: float | None
    certificate: Certificate
    rest: Certificate
    adjoint: Field | None = None
    mesh: Mesh | None = None
    unknowns: int = 0


@final
@dataclass(frozen=True)
class DualWeighted(OfQuantity):
    """The error of a quantity J, as the residual of the answer weighted by an adjoint solution.

    The equations are linearised at the answer v, transposed and solved for z with the derivative
    of J as their right side. Then J(u) - J(v) = -R(v; z), wrong boundary values of v included, up
    to the square of the error; what the square adds is computed by the residual that one Newton
    step leaves, and where it is more than 20 % nothing is said. Meshes are refined where elements
    of one order less would miss most of that one number, until two of them agree on it. The
    estimate is |R(v; z)| + |R(v; z) - R(v; z')|, and what the square added once more.

    Args:
        quantity: what is asked for: an integral, a flux through a side, a value at a point.
        by: how meshes are chosen: the order of z, the first size, the most meshes and unknowns.

    The first choice for steady problems: every mesh takes one factorisation and no Newton
    iterations, and is refined for the quantity alone. Problems that evolve, and answers too wrong
    to linearise at, are left to ``QuantityError``.

    It breaks where errors of opposite sign cancel in the quantity: two meshes then agree late, and
    nothing is said if they do not.
    """

    name: ClassVar[str] = "dual-weighted residual"

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said; see ``Certifier.refuse``."""
        if solution.problem.time is not None:
            return "its adjoint problem is a steady one; QuantityError speaks of evolving problems"
        return super().refuse(solution, norm)

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the certificate; see ``Certifier.certify``."""
        return self._corrected(solution, monitor).certificate

    @in_double_precision
    def correct(self, solution: Solution, *, monitor: Monitor | None = None) -> CorrectedNumber:
        """Return the quantity with its error added, and the certificates of both numbers.

        Args:
            solution: any solution; its field is only read.
            monitor: clock and budget.
        """
        reason = self.refuse(solution, "quantity")
        return self._none(reason) if reason else self._corrected(solution, monitor or Monitor())

    def _corrected(self, solution: Solution, monitor: Monitor) -> CorrectedNumber:
        def duals() -> Duals:
            problem = solution.problem
            posed = problem, weak_form(problem), solution.field, self.quantity
            return Duals(*posed, order=self.by.order, monitor=monitor)

        def measure(fine: Dual, coarse: Dual) -> Figures:
            best, gap = fine.before + fine.error, fine.error - coarse.error
            return figures_of_number(best, fine.error, gap, fine.second)

        found = self.by.search(solution, measure, monitor, by=duals)
        if isinstance(found, str):
            return self._none(found)
        fine, coarse, figures = found
        if abs(fine.second) > SQUARES * abs(fine.first):
            share = abs(fine.second) / max(abs(fine.first), 1e-300)
            words = f"the square of the error adds {share:.0%} to what is linear in it"
            return self._none(f"{words}; QuantityError does not linearise")
        texts = self.words(fine, coarse)
        if fine.second:
            share = abs(fine.second / fine.first)
            texts += (f"linearised at the answer; the square of the error adds {share:.1%}",)
        own, rest = (
            Certificate(self.kind, *pair, "quantity", texts, by=self.name)
            for pair in (figures.own, figures.rest)
        )
        value = fine.before + fine.error
        return CorrectedNumber(value, own, rest, fine.adjoint, fine.mesh, fine.unknowns)

    def _none(self, reason: str) -> CorrectedNumber:
        nothing = Certificate(norm="quantity", assumptions=(reason,), by=self.name)
        return CorrectedNumber(None, nothing, nothing)
