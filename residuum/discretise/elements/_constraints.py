"""What fixes an unknown as a whole: integrals, point values, a mean of zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import sympy

from residuum.discretise.elements._assembly import loaded
from residuum.discretise.elements._integrand import Integrand, Place
from residuum.discretise.elements._location import locate, weights_at
from residuum.discretise.elements._offset import Offset
from residuum.discretise.elements._space import Space
from residuum.problem import Problem, WeakForm
from residuum.problem._conditions import PointValue
from residuum.problem._places import at_points
from residuum.problem._pointwise import known_functions
from residuum.problem._symbols import Unknown

Reads = Callable[[Offset, float], float]


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
        reads: what the functional is of a known field, at a time.
    """

    name: str
    row: np.ndarray
    column: np.ndarray
    value: Any
    time: Any
    mean: np.ndarray | None = None
    unknown: int = -1
    reads: Reads | None = None

    def asked(self, time: float, offset: Offset | None = None) -> float:
        """Return the value at a time, less that of a known field."""
        value = self.value_at(time)
        if offset is None:
            return value
        assert self.reads is not None
        return value - self.reads(offset, time)

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
            integrand = Integrand(
                form, (problem.fill(condition.unknown),), known_functions(problem), {}
            )
            row, reads = _integral(space, integrand), _integrated(space, integrand)
            j, value = _subject(form, condition.unknown), problem.fill(condition.value)
            if j in form.multipliers:
                found.append(_pinned(space, j, row, (str(condition), value, t), reads))
            else:
                column = _mean(space, j)
                name = str(condition)
                found.append(Constraint(name, row, column, value, t, reads=reads))
        elif isinstance(condition, PointValue):
            j = form.unknowns.index(condition.unknown)
            place = dict(condition.at)
            value = problem.fill(condition.value)
            points = np.array([[place[c.name] for c in problem.coordinates]])
            number = float(at_points(problem, value, points)[0])
            point = np.array([[place[c.name] for c in problem.space]])
            row, reads = _point(space, j, point), _at_point(j, point)
            # A pressure's equations are compatible as they stand: its column only has to be there,
            # and a short one keeps the factors sparse.
            column = row if j in form.multipliers else _mean(space, j)
            value, name = sympy.Float(number), str(condition)
            found.append(Constraint(name, row, column, value, None, None, j, reads))
    for j in form.means:
        mean = _mean(space, j)
        reads = _integrated(space, Integrand(form, (form.unknowns[j],), {}, {}))
        name = f"mean of {form.unknowns[j]} is zero"
        if j in form.multipliers:
            found.append(_pinned(space, j, mean, (name, sympy.Integer(0), None), reads))
            continue
        found.append(Constraint(name, mean, mean, sympy.Integer(0), None, reads=reads))
    return tuple(found)


def _pinned(
    space: Space, j: int, mean: np.ndarray, about: tuple[str, Any, Any], reads: Reads
) -> Constraint:
    """Pin one number of a multiplier; a row over all of them would fill the factors."""
    row = np.zeros(space.size)
    row[space.master[space.offsets[j]]] = 1.0
    name, value, time = about
    return Constraint(name, row, row, value, time, mean, j, reads)


def _subject(form: WeakForm, expression: Any) -> int:
    functions = sorted(expression.atoms(Unknown), key=form.unknowns.index)
    return form.unknowns.index(functions[0])


def _mean(space: Space, j: int) -> np.ndarray:
    return loaded(space, j, space.volume, [1.0])


def _integrated(space: Space, integrand: Integrand) -> Reads:
    """Return what reads the integral of a known field off."""

    def read(offset: Offset, time: float) -> float:
        where = space.volume
        known = offset.trials(where, time, integrand.atoms.values())
        (values,) = integrand.values(Place(where.points, None, time), known)
        return float((where.weights * values).sum())

    return read


def _at_point(j: int, point: np.ndarray) -> Reads:
    """Return what reads a known field off at a point."""
    return lambda offset, time: float(offset.at(j, point, time)[0])


def _integral(space: Space, integrand: Integrand) -> np.ndarray:
    """Return the row of an integral, which must be linear in the unknowns."""
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
