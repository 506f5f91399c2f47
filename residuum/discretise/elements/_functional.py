"""A quantity of interest on the elements of a system: its value, and its derivative."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from residuum.discretise.elements._assembly import loaded, trials
from residuum.discretise.elements._integrand import Integrand, Place, Trial
from residuum.discretise.elements._quantity import Quantity, rule_of
from residuum.discretise.elements._system import System


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

    def value(self, state: np.ndarray) -> float:
        """Return J for coefficients (size,).

        Raises:
            FloatingPointError: the field, or a derivative of it, is not finite.
        """
        (values,) = self.integrand.values(self._place, self._trials(state))
        return float((self.where.weights * values).sum())

    def slope(self, state: np.ndarray) -> np.ndarray:
        """Return the derivative of J by every coefficient, (size,); raises as ``value``."""
        space, found = self.system.space, np.zeros(self.system.size)
        slopes = self.integrand.slope_values(self._place, self._trials(state))
        for (_, (j, slot)), value in slopes.items():
            parts: list[Any] = [0.0] * (slot + 1)
            parts[slot] = value
            found[: space.size] += loaded(space, j, self.where, parts)
        return found

    @property
    def _place(self) -> Place:
        return Place(self.where.points, self.where.normals)

    def _trials(self, state: np.ndarray) -> dict[Trial, np.ndarray]:
        system, atoms = self.system, self.integrand.atoms
        offset = system.offset
        known = None if offset is None else offset.trials(self.where, 0.0, atoms.values())
        return trials(system.space, self.where, atoms, state, None, known)
