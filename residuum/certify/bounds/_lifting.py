"""What boundary values that the elements do not meet cost, by a lifting into single cells."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from residuum.certify.bounds._cells import Cells, Places
from residuum.certify.bounds._equilibration import Border, outward_normals
from residuum.certify.bounds._statement import Statement

ROUNDING = 1e-9
"""Gap at a corner, over the size of the values, that is rounding."""


def lifted(
    cells: Cells, statement: Statement, border: Border, number: int = 0
) -> tuple[float, float] | str:
    """Return the energy and L2 norm of a function that is g - u_h on the boundary, or a reason.

    In a triangle with side F and opposite corner p it is (1 - t) δ(s) at s + t (p - s), s on F: it
    vanishes on the other sides, as δ = g - u_h does at the ends of F. Exact, with H the height:
    |∇E|² = H/2 ∫ δ'² + (δ - s δ')²/H² over F, s from the foot of H, and |E|² = H/4 ∫ δ².
    """
    total = np.zeros((cells.count, 2))
    scale = float(np.abs(np.asarray(cells.field.values[number])).max()) + 1e-300
    degree = 2 * max(cells.field.orders) + 6
    for i, (rows, places) in cells.on_border(degree, border.open).items():
        own, part = cells.border[0][rows], border.part[rows]
        value = _gap(statement, part, places, number)[0]
        flat = np.abs(value).max() <= ROUNDING * scale
        if flat and cells.dimension != 2:
            continue
        if cells.dimension == 1:
            return "the field misses its boundary values"
        if cells.dimension == 3:
            return "boundary values that the elements do not meet are bounded in the plane only"
        ends = _gap(statement, part, cells.on_corners(own, i), number)[0]
        if np.abs(ends).max() > ROUNDING * max(scale, float(np.abs(value).max())):
            return "the field misses its boundary values at corners of cells"
        gap = _gap(statement, part, places, number)
        total[own] += _norms(cells, i, own, places, gap)
    where = cells.inside(2)
    values = np.linalg.eigvalsh(statement.tensor_at(where.points))[..., -1]
    (reaction,) = statement.at([statement.reaction[number]], where.points)
    energy = (_most(values) * total[:, 0] ** 2 + _most(reaction) * total[:, 1] ** 2).sum()
    return math.sqrt(float(energy)), math.sqrt(float((total[:, 1] ** 2).sum()))


def _most(values: np.ndarray) -> np.ndarray:
    """Return an upper bound in each cell, with a margin for what lies between the places."""
    high, low = values.max(axis=1), values.min(axis=1)
    return np.asarray(high + 0.5 * (high - low))


def _gap(statement: Statement, part: np.ndarray, places: Places, number: int) -> np.ndarray:
    """Return g - u_h and its derivatives along the axes at places on facets, (1 + d, rows, q)."""
    found = np.empty((1 + len(places.points), *places.values[number].shape))
    for name in np.unique(part.astype(str)):
        on = part == name
        # Of several conditions on a part the later one wins.
        value = [v for j, p, v in statement.form.essential if j == number and p == name][-1]
        wanted = [value, *(sp.diff(value, c) for c in statement.form.space)]
        for k, item in enumerate(statement.at(wanted, places.points[:, on])):
            found[k, on] = item
    found[0] -= places.values[number]
    found[1:] -= places.gradients[number].transpose(1, 0, 2)
    return found


def _norms(
    cells: Cells, local: int, own: np.ndarray, places: Places, gap: np.ndarray
) -> np.ndarray:
    """Return the norms of the gradient and of the lifting from one side, (rows, 2)."""
    normals, weights = outward_normals(cells, local, own, places)
    tangents = np.stack([-normals[..., 1], normals[..., 0]])
    slope = (gap[1:] * tangents).sum(axis=0)
    away = places.points - cells.nodes[cells.corners[own, local]].T[:, :, None]
    along = (away * tangents).sum(axis=0)
    height = (away * normals.transpose(2, 0, 1)).sum(axis=0).mean(axis=1)
    turned = (gap[0] - along * slope) / height[:, None]
    steep = height / 2 * ((slope**2 + turned**2) * weights).sum(axis=1)
    size = height / 4 * (gap[0] ** 2 * weights).sum(axis=1)
    return np.sqrt(np.stack([steep, size], axis=1))
