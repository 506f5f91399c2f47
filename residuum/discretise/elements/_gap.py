"""How far two finite-element answers on different meshes are apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from residuum.discretise.elements._field import ElementField
from residuum.discretise.elements._location import locate, weights_at
from residuum.discretise.elements._space import Space
from residuum.discretise.spectral import Gap

TIMES = 24
"""Times compared; they crowd towards the start, where layers of the initial data are."""


def element_gap(
    space: Space, fine: ElementField, coarse: ElementField, *, without: tuple[int, ...] = ()
) -> Gap:
    """Return the distance of two fields in L2 over the finer mesh, and over time if evolving.

    Args:
        space: the space of the finer field; its quadrature is used.
        fine, coarse: fields of the same unknowns.
        without: unknowns left out.
    """
    where = space.volume
    points = where.points.reshape(len(where.points), -1).T
    weights = where.weights.ravel()
    own = np.repeat(np.arange(len(where.points[0])), where.points.shape[2])
    rows_fine = Rows(fine, points, own)
    rows_coarse = Rows(coarse, points, own if _same(fine, coarse) else None)
    shares = (np.arange(TIMES) + 0.5) / TIMES
    error, size = np.zeros(len(fine.orders)), np.zeros(len(fine.orders))
    for share in [0.0] if fine.steady else shares:
        factor = 1.0 if fine.steady else 2 * share * _length(fine) / TIMES
        a, b = (rows.at(share**2) for rows in (rows_fine, rows_coarse))
        error += factor * (weights[:, None] * (a - b) ** 2).sum(axis=0)
        size += factor * (weights[:, None] * a**2).sum(axis=0)
    kept = [j for j in range(len(error)) if j not in without]
    error, size = np.sqrt(error[kept]), np.sqrt(size[kept])
    ratio = error / np.maximum(size, 1e-10 * size.max(initial=0.0) + 1e-300)
    return Gap(math.sqrt(float((error**2).sum())), float(ratio.max(initial=0.0)))


def _same(one: ElementField, other: ElementField) -> bool:
    """Whether two fields live on one mesh."""
    return one.cells.shape == other.cells.shape and bool(
        np.array_equal(one.cells, other.cells) and np.array_equal(one.nodes, other.nodes)
    )


def _length(field: ElementField) -> float:
    knots = np.asarray(field.knots)
    return float(knots[-1] - knots[0])


class Rows:
    """One field at fixed points, for any time; their cells are looked for unless given."""

    def __init__(
        self, field: ElementField, points: np.ndarray, within: np.ndarray | None = None
    ) -> None:
        nodes, cells = np.asarray(field.nodes), np.asarray(field.cells)
        found = locate(nodes, cells, points) if within is None else within
        self.field = field
        self.numbers = [np.asarray(table)[found] for table in field.dofs]
        self.weights = {
            order: weights_at(nodes, cells, found, points, order) for order in set(field.orders)
        }

    def at(self, share: float) -> np.ndarray:
        """Return the values (n, m) at a share of the whole time."""
        columns = [
            (self.weights[order] * state[numbers]).sum(axis=1)
            for order, state, numbers in zip(
                self.field.orders, self.field.states(share), self.numbers, strict=True
            )
        ]
        return np.stack(columns, axis=1)


def finite(values: Any) -> bool:
    """Whether every number of a field is finite."""
    return all(bool(np.isfinite(np.asarray(item)).all()) for item in values)
