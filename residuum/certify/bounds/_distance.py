"""How far any field is from one of finite elements, in L2 and in the energy norm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from residuum.certify.bounds._balance import EXTRA, sorted_border
from residuum.certify.bounds._cells import Cells, Places
from residuum.certify.bounds._equilibration import outward_normals, times
from residuum.certify.bounds._flux_bound import tables
from residuum.certify.bounds._statement import Statement
from residuum.discretise.elements import ElementField
from residuum.problem import Solution

ROUNDING = 1e-12
"""Share of the norms of two fields that their distance may be off by."""
GAP = 0.2
"""Two rules that differ by more than this share of the distance make it an estimate."""


@final
@dataclass(frozen=True)
class Distance:
    """The norm of a difference, from below and from above.

    Args:
        low, high: the norm.
        size: norm of the field, from below.
        gap: what two rules differ by, over the distance; zero where it is exact.
    """

    low: float
    high: float
    size: float
    gap: float = 0.0

    @classmethod
    def none(cls, size: float) -> Distance:
        """Return that of a field from itself."""
        return cls(0.0, 0.0, size)

    @property
    def loose(self) -> bool:
        """Whether quadrature is too uncertain for a bound."""
        return self.gap > GAP

    @property
    def words(self) -> tuple[str, ...]:
        """What has to hold."""
        if self.gap == 0:
            return ()
        told = f"two quadrature rules differ by {self.gap:.1e} of the distance, which is added"
        return (told, "the field is continuous with bounded derivatives")


def distance(
    statement: Statement, near: ElementField, solution: Solution, norm: str, *, exact: bool
) -> Distance | str:
    """Return the distance of a solution's field from one of elements, or why there is none.

    Args:
        statement: it gives the energy.
        near: the elements.
        solution: the field.
        norm: ``"energy"`` or ``"L2"``.
        exact: whether the field is a polynomial in every cell of the elements, for L2.
    """
    cells, order = Cells(near), max(near.orders)
    degrees = [2 * order + extra for extra in EXTRA]
    if exact:
        own = solution.field
        assert isinstance(own, ElementField)
        degrees = [2 * max(order, *own.orders)]
    squares, sizes = [], []
    for degree in degrees:
        found = _squares(cells, statement, solution, norm, degree)
        if not all(np.isfinite(item).all() for item in found):
            return "the field or a slope of it is not finite at quadrature points"
        squares.append(found[0])
        sizes.append(found[1].sum())
    gap = float(np.abs(squares[-1] - squares[0]).sum())
    total, size = float(squares[-1].sum()), math.sqrt(max(float(min(sizes)), 0.0))
    low, high = math.sqrt(max(total - gap, 0.0)), math.sqrt(total + gap)
    slack = ROUNDING * (size + high)
    uncertain = high / math.sqrt(total) - 1 if total > 0 and high > slack else 0.0
    return Distance(max(low - slack, 0.0), high + slack, size, uncertain)


def _squares(
    cells: Cells, statement: Statement, solution: Solution, norm: str, degree: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return squares of the norms of the difference and of the field by cell."""
    places = cells.inside(degree)
    values, slopes = _field_at(statement, solution, places, norm)
    found = []
    pairs = ((values - places.values, slopes - places.gradients), (values, slopes))
    for value, slope in pairs:
        if norm == "L2":
            found.append((value**2 * places.measures).sum(axis=(0, 2)))
            continue
        flat = slope.transpose(1, 0, 2, 3).reshape(cells.count, -1, value.shape[2])
        density = (flat * times(statement.tensor_at(places.points), flat)).sum(axis=1)
        for j, reaction in enumerate(statement.at(statement.reaction, places.points)):
            density = density + reaction * value[j] ** 2
        found.append((density * places.measures).sum(axis=1))
    if norm == "energy":
        for (j, name), (alpha, _) in statement.sides.items():
            if alpha != 0:
                _exchanged(cells, statement, solution, (j, name, alpha), degree, found)
    return found[0], found[1]


def _exchanged(
    cells: Cells,
    statement: Statement,
    solution: Solution,
    side: tuple[int, str, Any],
    degree: int,
    found: list[np.ndarray],
) -> None:
    """Add the energy of a Robin condition on a part."""
    j, name, alpha = side
    border = sorted_border(cells, statement, j)
    assert not isinstance(border, str)
    on = np.flatnonzero(border.part == name)
    for i, (rows, places) in cells.on_border(degree, on).items():
        own = cells.border[0][rows]
        normals, weights = outward_normals(cells, i, own, places)
        value = _field_at(statement, solution, places, "L2")[0][j]
        (slope,) = statement.at([alpha], places.points, normals.transpose(2, 0, 1))
        for k, item in enumerate((value - places.values[j], value)):
            np.add.at(found[k], own, (slope * item**2 * weights).sum(axis=1))


def _field_at(
    statement: Statement, solution: Solution, places: Places, norm: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return values (unknowns, cells, q) and slopes (unknowns, cells, d, q) of the field."""
    names = [c.name for c in statement.form.space]
    order = [names.index(c.name) for c in solution.problem.coordinates]
    d, cells, q = places.points.shape
    points = places.points[order].reshape(d, -1).T
    if norm == "L2":
        values = solution.at(points)
        return values.T.reshape(-1, cells, q), np.zeros((values.shape[1], cells, d, q))
    indices = [tuple(int(k == i) for k in range(d)) for i in (-1, *np.argsort(order))]
    table = tables(solution.field, points, tuple(indices))
    rows = table.transpose(2, 1, 0).reshape(-1, d + 1, cells, q)
    return rows[:, 0], rows[:, 1:].transpose(0, 2, 1, 3)
