"""A quantity of interest on the elements of a system: its value, and its derivative.

What goes through a part of the boundary where values are given can be read in two ways: from the
slopes there, or from the weak form itself. With w = 1 on the part and 0 at all nodes elsewhere,

    ∫ flux·n over the part = ∫ source w + ∫ flux·∇w + ∫ boundary w - ∫ flux·n w over its neighbours

for a solution. Slopes lose one order of the elements; the right side asks for them in the cells at
the ends of the part alone, and keeps it. Its adjoint solution has the boundary values w.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import sympy as sp

from residuum.discretise.elements._assembly import (
    Known,
    Term,
    blocks,
    gathered,
    loaded,
    trials,
    vector,
)
from residuum.discretise.elements._integrand import Integrand, Place, Trial
from residuum.discretise.elements._quantity import Quantity, rule_of
from residuum.discretise.elements._space import Quadrature
from residuum.discretise.elements._system import System
from residuum.problem._conditions import normal


@final
class Functional:
    """J(v + e) as a function of the coefficients e of a steady system around a field v.

    Args:
        quantity: J.
        system: the discrete equations, with or without a field that they are solved around.

    Raises:
        OptionError: the place of the quantity lies outside the mesh.
    """

    def __init__(self, quantity: Quantity, system: System) -> None:
        self.system = system
        number = quantity.expression(system.problem)
        self.integrand = Integrand(system.form, (number,), system.known, system.parameters)
        self.where = rule_of(quantity, system.problem, system.space)
        self.lift, self.beside = _lift(quantity, system)

    def value(self, state: np.ndarray) -> float:
        """Return J for coefficients (size,), a flux from the weak form where that is possible.

        Raises:
            FloatingPointError: the field, or a derivative of it, is not finite.
        """
        if not self.lift.any():
            return self.plain(state)
        space, found = self.system.space, self.lift @ self.system.residual(0.0, state)
        for term in self.beside:
            known = self._known(term.where, term.integrand)
            own = vector(space, term, state, None, 0.0, known)
            found -= self.lift[: space.size] @ own
        return float(found)

    def plain(self, state: np.ndarray) -> float:
        """Return J for coefficients (size,), by the integral itself; raises as ``value``."""
        (values,) = self.integrand.values(self._place, self._trials(state))
        return float((self.where.weights * values).sum())

    def slope(self, state: np.ndarray) -> np.ndarray:
        """Return the derivative of J by every coefficient, (size,); raises as ``value``."""
        space, found = self.system.space, np.zeros(self.system.size)
        if self.lift.any():
            found += self.system.jacobian(0.0, state).T @ self.lift
            for term in self.beside:
                known = self._known(term.where, term.integrand)
                parts = list(blocks(space, term, state, None, 0.0, 0.0, known))
                found -= gathered(parts, len(found)).T @ self.lift
            return found
        slopes = self.integrand.slope_values(self._place, self._trials(state))
        for (_, (j, slot)), value in slopes.items():
            slots: list[Any] = [0.0] * (slot + 1)
            slots[slot] = value
            found[: space.size] += loaded(space, j, self.where, slots)
        return found

    @property
    def _place(self) -> Place:
        return Place(self.where.points, self.where.normals)

    def _trials(self, state: np.ndarray) -> dict[Trial, np.ndarray]:
        known = self._known(self.where, self.integrand)
        return trials(self.system.space, self.where, self.integrand.atoms, state, None, known)

    def _known(self, where: Quadrature, integrand: Integrand) -> Known:
        offset = self.system.offset
        return None if offset is None else offset.trials(where, 0.0, integrand.atoms.values())


def _lift(quantity: Quantity, system: System) -> tuple[np.ndarray, list[Term]]:
    """Return w times a factor, (size,), and the fluxes through the neighbours; zero for no flux."""
    form, space, lift = system.form, system.space, np.zeros(system.size)
    through = quantity.vector(system.problem) if quantity.through else []
    for equation in form.equations if through else ():
        j, factor = equation.test, _factor(through, equation.flux)
        given = list(dict.fromkeys(part for i, part, _ in form.essential if i == j))
        if factor == 0.0 or quantity.over not in given:
            continue
        own = space.on(j, quantity.over)
        lift[space.master[space.offsets[j] + own]] = factor
        pairs = zip(equation.flux, normal(form.space), strict=True)
        outward = (sp.Add(*(item * n for item, n in pairs)),)
        integrand = Integrand(form, outward, system.known, system.parameters)
        parts = [p for p in given if p != quantity.over and np.isin(space.on(j, p), own).any()]
        return lift, [Term(j, integrand, space.side(part)) for part in parts]
    return lift, []


def _factor(through: Sequence[Any], flux: Sequence[Any]) -> float:
    """Return the number that a vector is of a flux, or zero where it is none."""
    pairs = [(a, sp.sympify(b)) for a, b in zip(through, flux, strict=True)]
    factor = next((sp.simplify(a / b) for a, b in pairs if b != 0), sp.Integer(0))
    if not factor.is_number or any(sp.simplify(a - factor * b) != 0 for a, b in pairs):
        return 0.0
    return float(factor)
