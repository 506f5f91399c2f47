"""The error of one number that an answer is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, final

from residuum._core import Certificate, Monitor, OptionError, Source
from residuum.certify._certifier import Certifier
from residuum.certify._defect_correction import DefectCorrection, Figures
from residuum.discretise.elements import Defect, Quantity, quantity_of
from residuum.fields import SumField
from residuum.problem import Solution, weak_form

BECKER_RANNACHER = Source(
    "dual-weighted",
    "An optimal control approach to a posteriori error estimation in finite element methods",
    "R. Becker, R. Rannacher",
    2001,
    "doi:10.1017/S0962492901000010",
    "verified",
)


def figures_of_number(best: float, error: float, gap: float, added: float = 0.0) -> Figures:
    """Return what is known of a number: J(v) and the corrected one.

    Args:
        best: the corrected number, whose size relative errors are taken to.
        error: how far J(v) is from it.
        gap: how far two meshes are apart.
        added: what else the corrected number may be off by.
    """
    error, rest = abs(error), abs(gap) + abs(added)
    least = abs(best) or math.nan
    ratio = 0.0 if error == gap == 0 else abs(gap) / max(error, 1e-300)
    return Figures((error + rest, (error + rest) / least), (rest, rest / least), ratio)


@dataclass(frozen=True)
class OfQuantity(Certifier):
    """What certifiers of one number share: the number, and how its error is solved for."""

    quantity: Quantity
    by: DefectCorrection = field(default_factory=DefectCorrection)

    kind: ClassVar[str] = "estimate"
    norms: ClassVar[tuple[str, ...]] = ("quantity",)
    sources: ClassVar[tuple[Source, ...]] = (BECKER_RANNACHER,)

    def __post_init__(self) -> None:
        given: object = self.quantity
        if not isinstance(given, Quantity):
            remedy = "Make one with Quantity(…)."
            raise OptionError("a quantity of interest", repr(given), remedy)

    def refuse(self, solution: Solution, norm: str) -> str | None:
        """Return why nothing can be said; see ``Certifier.refuse``."""
        reason = self.by.refuse(solution, "L2")
        return reason or self.quantity.refuse(solution.problem)

    def words(self, fine: object, coarse: object) -> tuple[str, ...]:
        """Return what an agreement of two meshes assumes."""
        return (
            f"two meshes agree on the quantity's error: {coarse}; {fine}",
            "the part of the error that the quantity sees is resolved",
        )


@final
@dataclass(frozen=True)
class QuantityError(OfQuantity):
    """The error of a quantity J, as J(v + e) - J(v) with the error e of defect correction.

    For a linear problem and a linear quantity it equals ``DualWeighted`` on the same elements, but
    for how fluxes are read; for nonlinear ones, and in time, nothing is linearised. Meshes are
    refined where the error is, until two of them agree on the quantity's error, not on the whole
    field: the estimate is |J(v + e) - J(v)| + |J(v + e) - J(v + e')|.

    Args:
        quantity: what is asked for.
        by: how the error is solved for.

    It breaks where errors of opposite sign cancel in the quantity: two meshes then agree late, and
    nothing is said if they do not.
    """

    name: ClassVar[str] = "quantity by defect correction"

    def certify(self, solution: Solution, norm: str, monitor: Monitor) -> Certificate:
        """Return the certificate; see ``Certifier.certify``."""
        problem, form = solution.problem, weak_form(solution.problem)

        def measure(fine: Defect, coarse: Defect) -> Figures:
            space = fine.system.space

            def number(*parts: Defect) -> float:
                whole = SumField((solution.field, *(part.field for part in parts)))
                return quantity_of(self.quantity, problem, form, space, whole)

            best = number(fine)
            return figures_of_number(best, best - number(), best - number(coarse))

        by = partial(self.by.defects, solution, monitor)
        found = self.by.search(solution, measure, monitor, by=by)
        if isinstance(found, str):
            return Certificate(norm=norm, assumptions=(found,), by=self.name)
        fine, coarse, figures = found
        texts = self.words(fine, coarse)
        return Certificate(self.kind, *figures.own, norm, texts, by=self.name)
