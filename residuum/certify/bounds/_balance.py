"""How far a field of finite elements is from balance: every term of its error bound."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from residuum.certify.bounds._cells import Cells, Places
from residuum.certify.bounds._constants import held_parts, most_measure
from residuum.certify.bounds._duality import duality
from residuum.certify.bounds._equilibration import (
    Border,
    CellFlux,
    Data,
    adapted,
    outward_normals,
    times,
)
from residuum.certify.bounds._lifting import lifted
from residuum.certify.bounds._statement import Statement
from residuum.discretise.elements import ElementField

EXTRA = (2, 5)
"""Degrees of the two quadratures of the bound, over those of the field: the larger one counts."""
NEAR = 1e-7
"""Distance from the boundary, over the size of the domain, at which a facet is still on it."""


@final
@dataclass(frozen=True, eq=False)
class Balance:
    """The terms of a bound.

    Args:
        local: (Σ over cells of squared terms)^1/2.
        loose: what is out of balance, in L2: it is multiplied by a constant of the domain.
        least: smallest eigenvalue of A in the domain.
        reaction: smallest c in the domain.
        lifting: energy norm of a function that takes up wrong boundary values, and its L2 norm.
        dual: factor and rest of a sharper bound in L2, if there is one: see `Duality`.
        energy: energy norm of the field.
        size: L2 norm of the field.
        by_cell: squared terms by cell, (m,).
        doubts: why this is an estimate and no bound, if it is.
        assumptions: what has to hold.
    """

    local: float
    loose: float
    least: float
    reaction: float
    lifting: tuple[float, float]
    dual: tuple[float, float] | None
    energy: float
    size: float
    by_cell: np.ndarray
    doubts: tuple[str, ...]
    assumptions: tuple[str, ...]

    @property
    def unbalanced(self) -> bool:
        """Whether a constant of the domain matters."""
        return self.loose > 0

    def bound(self, constant: float) -> float | None:
        """Return the bound of the energy norm, with the constant of the domain."""
        inside = self.local
        if self.loose > 0:
            factors = [constant / math.sqrt(self.least)]
            factors += [1 / math.sqrt(self.reaction)] if self.reaction > 0 else []
            inside += min(factors) * self.loose
        return math.hypot(inside, self.lifting[0])

    def in_l2(self, energy: float, constant: float) -> float:
        """Return the bound in L2 from that of the energy norm."""
        plain, (lifted, size) = constant / math.sqrt(self.least), self.lifting
        inner = plain * (energy + lifted) + size
        if self.reaction > 0:
            inner = min(inner, energy / math.sqrt(self.reaction))
        if self.dual is not None:
            # Regularity speaks of what vanishes on the boundary: the error less its lifting.
            factor, rest = self.dual
            sharp = factor * (energy + lifted) + rest + (plain + factor) * lifted + size
            inner = min(inner, sharp)
        return inner


def balance(statement: Statement, field: ElementField) -> Balance | str:
    """Return every term of the bound, or why there is none."""
    cells = Cells(field)
    if not cells.conforming(0):
        return "the field is not continuous"
    order = field.orders[0]
    border = sorted_border(cells, statement, 0)
    if isinstance(border, str):
        return border
    doubts = doubts_of(cells, statement)
    data = _data(statement, cells.inside(2 * order + 2))
    if isinstance(data, str):
        return data
    flux = adapted(
        cells,
        partial(_at, cells, statement),
        border,
        partial(prescribed_flux, cells, statement, border),
        order,
    )
    lifting = lifted(cells, statement, border)
    if isinstance(lifting, str):
        return lifting
    dual = duality(cells, statement)
    sums = []
    for extra in EXTRA:
        places = cells.inside(2 * flux.order + extra)
        data = _data(statement, places)
        if isinstance(data, str):
            return data
        found, by_cell = _summed(cells, statement, flux, border, (places, data))
        sums.append(found)
        sums[-1]["rest"] = 0.0 if dual is None else dual.rest(cells, places, data)
    worst: dict[str, float] = {}
    for name in ("local", "loose", "rest"):
        first, second = (item[name] for item in sums)
        worst[name] = max(first, second) + abs(first - second)
    last = sums[-1]
    if not math.isfinite(last["energy"]):
        return "a Robin condition takes energy in: its factor is negative"
    assumed = ("the data are smooth within cells, as far as two quadratures tell",)
    return Balance(
        worst["local"],
        worst["loose"],
        last["least"],
        last["reaction"],
        lifting,
        None if dual is None else (dual.factor, worst["rest"]),
        last["energy"],
        last["size"],
        by_cell,
        doubts,
        assumed,
    )


def sorted_border(cells: Cells, statement: Statement, i: int) -> Border | str:
    """Return which boundary facets are on which part, or why it cannot be told."""
    shape, unknown = statement.problem.shape, statement.form.unknowns[i]
    assert shape is not None
    number, local = cells.border
    corners = cells.nodes[cells.facets[cells.facet_numbers[number, local]]]
    middle = corners.mean(axis=1)
    size = float(np.ptp(shape.bounds, axis=1).max())
    # Chords of curved parts are off by their height: a small share of their length.
    reach = np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1)
    part = np.full(len(number), "", object)
    gap = np.full(len(number), np.inf)
    for name in shape.parts:
        for tolerance in (NEAR * size, *(share * float(reach.max()) for share in (0.1, 0.4))):
            on = shape.on_part(_turned(statement, middle), name, tolerance)
            better = on & (tolerance < gap)
            part[better], gap[better] = name, tolerance
    if (part == "").any():
        return "boundary facets of the mesh are on no part of the domain's boundary"
    held = held_parts(statement.problem, unknown)
    is_open = np.isin(part, held)
    return Border(np.flatnonzero(is_open), np.flatnonzero(~is_open), part)


def _turned(statement: Statement, points: np.ndarray) -> np.ndarray:
    """Return points in the order of the shape's axes."""
    shape = statement.problem.shape
    assert shape is not None
    names = [c.name for c in statement.form.space]
    return points[:, [names.index(axis) for axis in shape.axes]]


def doubts_of(cells: Cells, statement: Statement) -> tuple[str, ...]:
    """Return why the domain of the mesh may be another than that of the problem."""
    shape = statement.problem.shape
    assert shape is not None
    if cells.curved:
        return ("the cells are curved: the constants are those of straight ones",)
    number, local = cells.border
    corners = cells.nodes[cells.facets[cells.facet_numbers[number, local]]]
    gaps = np.abs(shape.signed_distance(_turned(statement, corners.mean(axis=1))))
    if gaps.max() > NEAR * np.ptp(shape.bounds):
        return ("the mesh is a polygon in place of the curved domain",)
    measure = float(cells.measures.sum())
    if measure > most_measure(shape) * (1 + 1e-9):
        return ("the mesh is larger than the domain",)
    if measure < 0.98 * shape.measure():
        return ("the mesh does not cover the domain",)
    return ()


def _at(cells: Cells, statement: Statement, degree: int) -> tuple[Places, Data]:
    """Return places of a degree and the data there, which are known to be good."""
    places = cells.inside(degree)
    data = _data(statement, places)
    if isinstance(data, str):
        raise FloatingPointError(data)
    return places, data


def _data(statement: Statement, places: Places) -> Data | str:
    tensor = statement.tensor_at(places.points)
    if not np.isfinite(tensor).all() or extremes(tensor)[0].min() <= 0:
        return "the tensor of the flux is not positive"
    flux = times(tensor, places.gradients[0])
    if statement.shifted:
        flux = flux + statement.shift_at(places.points).transpose(0, 2, 1)
    reaction, load = statement.at([statement.reaction[0], statement.load[0]], places.points)
    if reaction.min() < 0:
        return "the reaction is negative"
    source = reaction * places.values[0] - load
    if not (np.isfinite(flux).all() and np.isfinite(source).all()):
        return "the data are not finite"
    return Data(np.linalg.inv(tensor), flux, source)


def extremes(tensor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return smallest and largest eigenvalues of symmetric matrices (..., n, n)."""
    n = tensor.shape[-1]
    diagonal = np.diagonal(tensor, axis1=-2, axis2=-1)
    if not np.any(tensor * (1 - np.eye(n))):
        return diagonal.min(axis=-1), diagonal.max(axis=-1)
    if n == 2:
        middle, half = diagonal.mean(axis=-1), (diagonal[..., 0] - diagonal[..., 1]) / 2
        reach = np.hypot(half, tensor[..., 0, 1])
        return middle - reach, middle + reach
    values = np.linalg.eigvalsh(tensor)
    return values[..., 0], values[..., -1]


def prescribed_flux(
    cells: Cells, statement: Statement, border: Border, degree: int, number: int = 0
) -> dict[int, np.ndarray]:
    """Return the prescribed outward flux g - α u of an unknown on its fixed facets."""
    found = {}
    for i, (rows, places) in cells.on_border(degree, border.fixed).items():
        normals, _ = outward_normals(cells, i, cells.border[0][rows], places)
        found[i] = _prescribed(statement, border.part[rows], places, normals, number)
    return found


def _prescribed(
    statement: Statement, part: np.ndarray, places: Places, normals: np.ndarray, number: int
) -> np.ndarray:
    """Return g - α u at places on facets, (rows, q)."""
    values = np.zeros(places.values[number].shape)
    for name in np.unique(part.astype(str)):
        on = part == name
        alpha, given = statement.sides.get((number, str(name)), (0, 0))
        slope, load = statement.at(
            [alpha, given], places.points[:, on], normals[on].transpose(2, 0, 1)
        )
        values[on] = load - slope * places.values[number][on]
    return values


def _summed(
    cells: Cells,
    statement: Statement,
    flux: CellFlux,
    border: Border,
    where: tuple[Places, Data],
) -> tuple[dict[str, float], np.ndarray]:
    """Return local and loose terms and the norms of the field with one quadrature; then by cell."""
    places, data = where
    values, divergences = flux.at(places)
    gap = values - data.flux
    measures, weight = places.measures, places.measures.sum(axis=1)
    misfit = ((gap * times(data.inverse, gap)).sum(axis=1) * measures).sum(axis=1)
    residual = divergences - data.source
    mean = (residual * measures).sum(axis=1) / weight
    spread = np.sqrt(((residual - mean[:, None]) ** 2 * measures).sum(axis=1))
    least = least_in_cells(1 / extremes(data.inverse)[1], cells.count)
    (reaction,) = statement.at([statement.reaction[0]], places.points)
    low = least_in_cells(reaction, cells.count)
    # Values of c between the places may be smaller: the guess is on the safe side.
    first = np.sqrt(misfit) + cells.diameters / math.pi * spread / np.sqrt(least)
    whole = np.sqrt((residual**2 * measures).sum(axis=1))
    second = np.sqrt(
        misfit + np.divide(whole**2, low, out=np.full(len(low), np.inf), where=low > 0)
    )
    local = np.minimum(first, second)
    over = np.where(second < first, 0.0, np.abs(mean) * np.sqrt(weight))
    edge = on_sides(cells, statement, flux, border, places.degree)
    np.add.at(local, edge[0], edge[1] / np.sqrt(least[edge[0]]))
    np.add.at(over, edge[0], edge[3])
    inner = times(np.linalg.inv(data.inverse), places.gradients[0])
    energy = (inner * places.gradients[0]).sum(axis=1) + reaction * places.values[0] ** 2
    found = {
        "local": float(np.linalg.norm(local)),
        "loose": float(np.linalg.norm(over)),
        "least": float(least.min()),
        "reaction": float(low.min()),
        "energy": math.sqrt(float((energy * measures).sum()) + edge[2]),
        "size": math.sqrt(float((places.values[0] ** 2 * measures).sum())),
    }
    return found, local**2 + over**2


def least_in_cells(values: np.ndarray, count: int) -> np.ndarray:
    """Return a lower bound of positive values in each cell, with a margin for what lies between."""
    low, high = values.min(axis=1), values.max(axis=1)
    return np.broadcast_to(np.maximum(low - 0.5 * (high - low), 0.1 * low), (count,))


def on_sides(
    cells: Cells,
    statement: Statement,
    flux: CellFlux,
    border: Border,
    degree: int,
    number: int = 0,
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Return cells, terms of prescribed fluxes not met, energy of the sides, and loose terms.

    On a cell T with facet F, |w|² on F is at most |F|/|T| (|w|² + 2 h/d |w| |∇w|) over T: for w of
    mean zero |F|/|T| h² (1/π² + 2/(d π)) |∇w|², for all |F|/|T| ((1 + 1/d) |w|² + h²/d |∇w|²).
    """
    found, terms, loose, energy = [np.zeros(0, int)], [np.zeros(0)], [np.zeros(0)], 0.0
    measure = cells.measures
    d = cells.dimension
    for i, (rows, places) in cells.on_border(degree, border.fixed).items():
        own = cells.border[0][rows]
        normals, weights = outward_normals(cells, i, own, places)
        wanted = _prescribed(statement, border.part[rows], places, normals, number)
        gap = wanted - (flux.on(own, places) * normals.transpose(0, 2, 1)).sum(axis=1)
        size, h = weights.sum(axis=1), cells.diameters[own]
        trace = np.sqrt(size / measure[own])
        mean = (gap * weights).sum(axis=1) / size
        spread = np.sqrt(((gap - mean[:, None]) ** 2 * weights).sum(axis=1))
        through = np.abs(mean) * np.sqrt(size)
        found.append(own)
        varying = spread * math.sqrt(1 / math.pi**2 + 2 / (d * math.pi))
        terms.append(trace * h * (varying + through / math.sqrt(d)))
        loose.append(trace * through * math.sqrt(1 + 1 / d))
        for name in np.unique(border.part[rows].astype(str)):
            on = border.part[rows] == name
            alpha, _ = statement.sides.get((number, str(name)), (0, 0))
            (slope,) = statement.at([alpha], places.points[:, on], normals[on].transpose(2, 0, 1))
            if slope.min() < 0:
                return found[0], terms[0], math.nan, loose[0]  # there is no energy
            energy += float((slope * places.values[number][on] ** 2 * weights[on]).sum())
    return np.concatenate(found), np.concatenate(terms), energy, np.concatenate(loose)
