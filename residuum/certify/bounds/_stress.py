"""Systems: linear elasticity and coupled diffusion, row by row in balance."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum.certify.bounds._balance import (
    EXTRA,
    doubts_of,
    extremes,
    least_in_cells,
    on_sides,
    prescribed_flux,
    sorted_border,
)
from residuum.certify.bounds._cells import Cells, Places
from residuum.certify.bounds._constants import Constant, korn
from residuum.certify.bounds._equilibration import (
    Border,
    CellFlux,
    Data,
    adapted,
    times,
)
from residuum.certify.bounds._lifting import lifted
from residuum.certify.bounds._statement import Statement
from residuum.discretise.elements import ElementField

BLIND = 1e-10
"""What a tensor makes of a turn, over its size, that is rounding."""


@final
@dataclass(frozen=True, eq=False)
class Energy:
    """Which gradients have an energy.

    Args:
        seen: orthonormal gradients that do, (s, n d): all, or the symmetric ones.
        turns: orthonormal gradients that do not, (t, n d).
        korn: the constant that bounds all gradients by those seen.
    """

    seen: np.ndarray
    turns: np.ndarray
    korn: Constant


def energy_of(statement: Statement, points: np.ndarray) -> Energy | str:
    """Return which gradients have an energy, read from the tensor at points, or a reason."""
    tensor = statement.tensor_at(points)
    n, d = statement.count, len(statement.form.space)
    size = np.abs(tensor).max()
    if not np.isfinite(size):
        return "the tensor of the flux is not finite"
    if extremes(tensor)[0].min() > BLIND * size:
        one = Constant(1.0, "every gradient has an energy")
        return Energy(np.eye(n * d), np.zeros((0, n * d)), one)
    if n != d:
        return "the tensor of the fluxes is not positive"
    for axes in itertools.permutations(range(d)):
        seen, turns = _symmetric(axes)
        if np.abs(tensor @ turns.T).max() <= BLIND * size:
            if extremes(seen @ tensor @ seen.T)[0].min() <= BLIND * size:
                return "the tensor of the stress is not positive"
            return Energy(seen, turns, korn(statement.problem, axes))
    return "the tensor of the fluxes is not positive"


def _symmetric(axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return orthonormal symmetric gradients and turns of components along these axes."""
    d = len(axes)
    seen: list[np.ndarray] = []
    turns: list[np.ndarray] = []
    unknown = {axis: i for i, axis in enumerate(axes)}
    for a in range(d):
        one = np.zeros((d, d))
        one[unknown[a], a] = 1
        seen.append(one.ravel())
        for b in range(a):
            for sign, rows in ((1, seen), (-1, turns)):
                pair = np.zeros((d, d))
                pair[unknown[a], b], pair[unknown[b], a] = 0.5**0.5, sign * 0.5**0.5
                rows.append(pair.ravel())
    return np.array(seen), np.array(turns)


@final
@dataclass(frozen=True, eq=False)
class StressBalance:
    """The terms of the bound of a system.

    Args:
        misfit: energy norm of the stress that the field lacks.
        spread: what acts through the gradient alone: turns, loads that vary, sides.
        loose: what is out of balance, in L2.
        gradient: κ with |∇w| <= κ times the energy norm of w.
        lifting: energy and L2 norm of a function that takes up wrong boundary values.
        energy, size: norms of the field.
        by_cell: squared terms by cell, (m,).
        doubts, assumptions: see `Balance`.
    """

    misfit: float
    spread: float
    loose: float
    gradient: float
    lifting: tuple[float, float]
    energy: float
    size: float
    by_cell: np.ndarray
    doubts: tuple[str, ...]
    assumptions: tuple[str, ...]

    @property
    def dual(self) -> None:
        """Sharper bounds in L2 are not known for systems."""

    @property
    def unbalanced(self) -> bool:
        """Whether a constant of the domain matters."""
        return self.loose > 0

    def bound(self, constant: float) -> float:
        """Return the bound of the energy norm, with Friedrichs' constant of the domain."""
        inside = self.misfit + self.gradient * (self.spread + constant * self.loose)
        return math.hypot(inside, self.lifting[0])

    def in_l2(self, energy: float, constant: float) -> float:
        """Return the bound in L2 from that of the energy norm."""
        return constant * self.gradient * (energy + self.lifting[0]) + self.lifting[1]


def stress_balance(statement: Statement, field: ElementField) -> StressBalance | str:
    """Return every term of the bound of a system, or why there is none."""
    cells, n = Cells(field), statement.count
    order = max(field.orders)
    if min(field.orders) != order or not all(cells.conforming(j) for j in range(n)):
        return "the field is not continuous, or its unknowns have several orders"
    places = cells.inside(2 * order + 2)
    kind = energy_of(statement, places.points)
    if isinstance(kind, str):
        return kind
    if not kind.korn.proved:
        return kind.korn.reason
    rows = _rows(cells, statement, places, order)
    if isinstance(rows, str):
        return rows
    liftings = [lifted(cells, statement, border, j) for j, (border, _) in enumerate(rows)]
    told = [item for item in liftings if isinstance(item, str)]
    if told:
        return told[0]
    order = max(item.order for _, item in rows)
    sums = [_summed(cells, statement, rows, kind, 2 * order + extra) for extra in EXTRA]
    figures = [found for found, _ in sums]
    worst = [max(a, b) + abs(a - b) for a, b in zip(figures[0][:3], figures[1][:3], strict=True)]
    gradient, energy, size = figures[1][3:]
    if not math.isfinite(energy):
        return "a Robin condition takes energy in: its factor is negative"
    numbers = np.array([item for item in liftings if not isinstance(item, str)])
    lifting = np.linalg.norm(numbers, axis=0)
    assumed = ("the data are smooth within cells, as far as two quadratures tell",)
    return StressBalance(
        worst[0],
        worst[1],
        worst[2],
        gradient,
        (float(lifting[0]), float(lifting[1])),
        energy,
        size,
        sums[1][1],
        doubts_of(cells, statement),
        (*assumed, kind.korn.reason),
    )


def _rows(
    cells: Cells, statement: Statement, places: Places, order: int
) -> list[tuple[Border, CellFlux]] | str:
    """Return the border and the balanced flux of every unknown, or a reason."""
    flux, sources = _fluxes(statement, places), _sources(statement, places)
    if isinstance(sources, str):
        return sources
    if not (np.isfinite(flux).all() and np.isfinite(sources).all()):
        return "the data are not finite"
    found = []
    for j in range(statement.count):
        border = sorted_border(cells, statement, j)
        if isinstance(border, str):
            return border
        row = _Row(cells, statement, border, j, float(np.abs(flux).max()) or 1.0)
        made = adapted(cells, row.at, border, row.outward, order)
        found.append((border, CellFlux(made.space, made.moments * row.scale)))
    return found


@final
@dataclass(frozen=True, eq=False)
class _Row:
    """What the flux of one unknown answers to, over a scale: stresses have units."""

    cells: Cells
    statement: Statement
    border: Border
    number: int
    scale: float

    def at(self, degree: int) -> tuple[Places, Data]:
        """Return places in all cells and the data there."""
        places, j, d = self.cells.inside(degree), self.number, self.cells.dimension
        flux, sources = _fluxes(self.statement, places), _sources(self.statement, places)
        if isinstance(sources, str):
            raise FloatingPointError(sources)
        # Row by row any weight will do; what it costs is seen in the bound.
        weight = np.eye(d)[None, None]
        rows = flux[:, j * d : (j + 1) * d]
        return places, Data(weight, rows / self.scale, sources[j] / self.scale)

    def outward(self, degree: int) -> dict[int, np.ndarray]:
        """Return the prescribed flux."""
        found = prescribed_flux(self.cells, self.statement, self.border, degree, self.number)
        return {i: values / self.scale for i, values in found.items()}


def _fluxes(statement: Statement, places: Places) -> np.ndarray:
    """Return the fluxes of the field, (cells, n d, q)."""
    gradients = places.gradients.transpose(1, 0, 2, 3)
    flat = gradients.reshape(len(gradients), -1, gradients.shape[3])
    flux = times(statement.tensor_at(places.points), flat)
    if statement.shifted:
        flux = flux + statement.shift_at(places.points).transpose(0, 2, 1)
    return flux


def _sources(statement: Statement, places: Places) -> np.ndarray | str:
    """Return c u - f of every unknown, (n, cells, q)."""
    found = np.empty(places.values.shape)
    for j in range(statement.count):
        reaction, load = statement.at([statement.reaction[j], statement.load[j]], places.points)
        if reaction.min() < 0:
            return "the reaction is negative"
        found[j] = reaction * places.values[j] - load
    return found


def _summed(
    cells: Cells,
    statement: Statement,
    rows: list[tuple[Border, CellFlux]],
    kind: Energy,
    degree: int,
) -> tuple[tuple[float, ...], np.ndarray]:
    """Return misfit, spread, loose, κ and norms of the field with one quadrature; then by cell."""
    places = cells.inside(degree)
    measures, weight = places.measures, places.measures.sum(axis=1)
    tensor, flux = statement.tensor_at(places.points), _fluxes(statement, places)
    sources = _sources(statement, places)
    assert not isinstance(sources, str)
    stiff = kind.seen @ tensor @ kind.seen.T
    made = [item.at(places) for _, item in rows]
    gap = np.concatenate([value for value, _ in made], axis=1) - flux
    seen = np.tensordot(kind.seen, gap, (1, 1)).transpose(1, 0, 2)
    misfit = ((seen * times(np.linalg.inv(stiff), seen)).sum(axis=1) * measures).sum(axis=1)
    # Turns are met by the turns of ∇w alone: |turn|² = |∇w|² - |ε|² <= (1 - 1/C²) |∇w|².
    share = 1 - 1 / kind.korn.value**2
    turned = (np.tensordot(kind.turns, gap, (1, 1)) ** 2).sum(axis=0)
    turn = math.sqrt(share * float((turned * measures).sum()))
    squares, loose = np.zeros(cells.count), np.zeros(cells.count)
    energy = 0.0
    for j, (border, item) in enumerate(rows):
        residual = made[j][1] - sources[j]
        mean = (residual * measures).sum(axis=1) / weight
        spread = ((residual - mean[:, None]) ** 2 * measures).sum(axis=1)
        part = cells.diameters / math.pi * np.sqrt(spread)
        edge = on_sides(cells, statement, item, border, degree, j)
        np.add.at(part, edge[0], edge[1])
        over = np.abs(mean) * np.sqrt(weight)
        np.add.at(over, edge[0], edge[3])
        squares, loose, energy = squares + part**2, loose + over**2, energy + edge[2]
    low = float(least_in_cells(extremes(stiff)[0], cells.count).min())
    gradients = places.gradients.transpose(1, 0, 2, 3).reshape(cells.count, -1, len(places.weights))
    energy += float(((gradients * times(tensor, gradients)).sum(axis=1) * measures).sum())
    for j in range(statement.count):
        (reaction,) = statement.at([statement.reaction[j]], places.points)
        energy += float((reaction * places.values[j] ** 2 * measures).sum())
    turned = (turned * measures).sum(axis=1) / low
    found = (
        math.sqrt(float(misfit.sum())),
        turn + math.sqrt(float(squares.sum())),
        float(np.sqrt(loose.sum())),
        kind.korn.value / math.sqrt(low),
        math.sqrt(energy),
        math.sqrt(float((places.values**2 * measures).sum())),
    )
    return found, misfit + turned + (squares + loose) / low
