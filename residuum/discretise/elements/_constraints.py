"""What fixes an unknown as a whole: integrals, point values, a mean of zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy

from residuum.discretise.elements._assembly import loaded
from residuum.discretise.elements._integrand import Integrand, Place
from residuum.discretise.elements._location import locate, weights_at
from residuum.discretise.elements._space import Space
from residuum.problem import Problem, WeakForm
from residuum.problem._conditions import PointValue
from residuum.problem._places import at_points
from residuum.problem._pointwise import known_functions
from residuum.problem._symbols import Unknown


@final
@dataclass(frozen=True, eq=False)
class Constraint:
    """row · u = value, enforced by a multiplier that acts through ``column``.

    Args:
        name: what it says.
        row, column: (size of the space,).
        value: expression in time.
        time: the time coordinate, if any.
        mean: where the row only pins a multiplier, the functional (size of the space,) that is to
            have the value, by a constant added afterwards.
        unknown: the unknown it is about.
    """

    name: str
    row: np.ndarray
    column: np.ndarray
    value: Any
    time: Any
    mean: np.ndarray | None = None
    unknown: int = -1

    @property
    def steady(self) -> bool:
        """Whether the value does not change in time."""
        return self.time is None or not self.value.has(self.time)

    def value_at(self, time: float) -> float:
        """Return the value at a time."""
        value = self.value if self.steady else self.value.subs(self.time, time)
        return float(value)


def constraints(problem: Problem, form: WeakForm, space: Space) -> tuple[Constraint, ...]:
    """Return the constraints of a problem on a space."""
    found = []
    t = problem.time
    for condition in problem.conditions:
        if condition.kind == "integral":
            row = _integral(problem, form, space, condition.unknown)
            j, value = _subject(form, condition.unknown), problem.fill(condition.value)
            if j in form.multipliers:
                found.append(_pinned(space, j, row, (str(condition), value, t)))
            else:
                found.append(Constraint(str(condition), row, _mean(space, j), value, t))
        elif isinstance(condition, PointValue):
            j = form.unknowns.index(condition.unknown)
            place = dict(condition.at)
            value = problem.fill(condition.value)
            points = np.array([[place[c.name] for c in problem.coordinates]])
            number = float(at_points(problem, value, points)[0])
            row = _point(space, j, np.array([[place[c.name] for c in problem.space]]))
            # A pressure's equations are compatible as they stand: its column only has to be there,
            # and a short one keeps the factors sparse.
            column = row if j in form.multipliers else _mean(space, j)
            found.append(
                Constraint(str(condition), row, column, sympy.Float(number), None, None, j)
            )
    for j in form.means:
        mean = _mean(space, j)
        name = f"mean of {form.unknowns[j]} is zero"
        if j in form.multipliers:
            found.append(_pinned(space, j, mean, (name, sympy.Integer(0), None)))
            continue
        found.append(Constraint(name, mean, mean, sympy.Integer(0), None))
    return tuple(found)


def _pinned(space: Space, j: int, mean: np.ndarray, about: tuple[str, Any, Any]) -> Constraint:
    """Pin one number of a multiplier; a row over all of them would fill the factors."""
    row = np.zeros(space.size)
    row[space.master[space.offsets[j]]] = 1.0
    name, value, time = about
    return Constraint(name, row, row, value, time, mean, j)


def _subject(form: WeakForm, expression: Any) -> int:
    functions = sorted(expression.atoms(Unknown), key=form.unknowns.index)
    return form.unknowns.index(functions[0])


def _mean(space: Space, j: int) -> np.ndarray:
    return loaded(space, j, space.volume, [1.0])


def _integral(problem: Problem, form: WeakForm, space: Space, expression: Any) -> np.ndarray:
    """Return the row of ∫ expression, which must be linear in the unknowns."""
    integrand = Integrand(form, (problem.fill(expression),), known_functions(problem), {})
    place = Place(space.volume.points)
    zero = {trial: np.zeros(1) for trial in integrand.atoms.values()}
    row = np.zeros(space.size)
    for (_, (j, slot)), value in integrand.slope_values(place, zero).items():
        values: list[Any] = [0.0] * (slot + 1)
        values[slot] = value
        row += loaded(space, j, space.volume, values)
    return row


def _point(space: Space, j: int, point: np.ndarray) -> np.ndarray:
    """Return the row that reads an unknown at a point."""
    nodes, cells = space.geometry
    found = locate(nodes, cells, point)
    row = np.zeros(space.size)
    weights = weights_at(nodes, cells, found, point, space.orders[j])
    own = space.cell_dofs(j)[found[0]]
    np.add.at(row, space.master[space.offsets[j] + own], weights[0])
    return row
