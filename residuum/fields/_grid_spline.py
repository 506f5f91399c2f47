"""Values on a tensor grid as a smooth field: splines along every axis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.interpolate import make_interp_spline

from residuum._core import DataError, Index, Jet, Source, closure
from residuum._core._field import NumericField, read_in_chunks
from residuum._core._jet import factorial

DEGREE = 5
"""Degree along axes with nodes enough: derivatives up to the fourth are continuous."""
CHUNK = 4096
"""Points read at once in NumPy, where the weights of every point are gathered."""


@final
class GridSpline(NumericField):
    """Tensor-product splines through values at nodes of any spacing.

    Along an axis of n nodes the degree is the largest odd one up to five that n allows; along
    periodic axes value and derivatives close. Interpolation of smooth values is right to the sixth
    power of the spacing. Beyond the ends of an axis the nearest end counts. On a face of the box
    the field depends on the values of that face alone: what is zero there is zero to rounding.

    Args:
        knots: of the splines, one array per coordinate.
        weights: of the products of B-splines, (…, m), one axis per coordinate.
        degrees: one per coordinate.

    It breaks for values with jumps: splines ring beside them.

    Raises:
        DataError: knots, weights and degrees do not fit each other.
    """

    knots: tuple[np.ndarray, ...]
    weights: np.ndarray
    degrees: tuple[int, ...] = eqx.field(static=True)

    sources = (
        Source(
            "splines",
            "A Practical Guide to Splines",
            "C. de Boor",
            2001,
            "isbn:978-0-387-95366-3",
            "verified",
        ),
    )

    def __check_init__(self) -> None:
        wanted = tuple(
            len(knots) - degree - 1 for knots, degree in zip(self.knots, self.degrees, strict=False)
        )
        whole = all(isinstance(k, int) and 0 <= k <= DEGREE for k in self.degrees)
        if not whole or len(self.knots) != len(self.degrees) or min(wanted, default=0) < 1:
            got = f"degrees {self.degrees} for {len(self.knots)} axes"
            raise DataError("knots and a degree per axis", got, "Make it by interpolate_grid.")
        if self.weights.shape[:-1] != wanted:
            got = str(self.weights.shape)
            raise DataError(
                f"weights of shape {(*wanted, 'm')}", got, "Make it by interpolate_grid."
            )
        if any((np.diff(np.asarray(knots)) < 0).any() for knots in self.knots):
            raise DataError("knots that do not decrease", "others", "Make it by interpolate_grid.")

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d)."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        table: list[Array] = _evaluate(self, jnp.asarray(points), wanted)
        return Jet({index: table[k] / factorial(index) for k, index in enumerate(wanted)})

    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray]:
        """Return derivatives in NumPy: nothing is compiled."""
        places = np.asarray(points, float)
        if len(places) > 1 and places.shape[1] > 1 and (places[:, 0] == places[0, 0]).all():
            return self._at_one(places, indices)
        return read_in_chunks(partial(_table, self), places, indices, CHUNK)

    def _at_one(self, places: np.ndarray, indices: Sequence[Index]) -> dict[Index, np.ndarray]:
        """Return derivatives at points of one first coordinate, such as those of one time.

        Splines along the others are left, their weights by order of differentiation side by side.
        """
        orders = sorted({index[0] for index in indices})
        knots, degree = np.asarray(self.knots[0]), self.degrees[0]
        first, rows = _basis(knots, degree, places[:1, 0], orders[-1])
        near = np.asarray(self.weights)[first[0] : first[0] + degree + 1]
        weights = np.concatenate([np.tensordot(rows[k][0], near, 1) for k in orders], axis=-1)
        rest = GridSpline(self.knots[1:], weights, self.degrees[1:])
        table = rest.numeric_derivatives(places[:, 1:], list(dict.fromkeys(i[1:] for i in indices)))
        m, found = near.shape[-1], {}
        for index in indices:
            k = orders.index(index[0])
            found[index] = table[index[1:]][:, k * m : (k + 1) * m]
        return found

    def _gathered(self, places: list[Any], xp: Any) -> Any:
        """Return the weights that count at each point: (n, degree + 1, …, m)."""
        d = len(places)
        grid = []
        for i, place in enumerate(places):
            shape = [place.shape[0], *(1,) * d]
            shape[1 + i] = place.shape[1]
            grid.append(place.reshape(shape))
        return xp.asarray(self.weights)[tuple(grid)]

    def finite(self) -> bool | None:
        """Whether all weights are finite."""
        return bool(np.isfinite(np.asarray(self.weights)).all())


@eqx.filter_jit
def _evaluate(field: GridSpline, points: Array, indices: tuple[Index, ...]) -> list[Array]:
    return _table(field, points, indices)


def _table(field: GridSpline, points: Any, indices: tuple[Index, ...]) -> list[Any]:
    """Return derivatives at points of NumPy or JAX, (n, m) each."""
    xp: Any = np if isinstance(points, np.ndarray) else jnp
    top = [max(orders) for orders in zip(*indices, strict=True)]
    rows, places = [], []
    for i, (knots, degree) in enumerate(zip(field.knots, field.degrees, strict=True)):
        first, found = _basis(xp.asarray(knots), degree, points[:, i], top[i])
        places.append(first[:, None] + xp.arange(degree + 1))
        rows.append(found)
    local, values = field._gathered(places, xp), []
    for index in indices:
        value = local
        for row, order in zip(rows, index, strict=True):
            # The axis of the first coordinate left stands behind the points.
            value = xp.einsum("na...,na->n...", value, row[order])
        values.append(value)
    return values


def _basis(knots: Any, degree: int, x: Any, top: int) -> tuple[Any, list[Any]]:
    """Return the first B-spline that counts at each place, and derivatives 0 … top of all that do.

    The recurrence of Cox and de Boor, carried on one interval of knots: rows of shape
    (n, degree + 1).
    """
    xp: Any = np if isinstance(x, np.ndarray) else jnp
    x = xp.clip(x, knots[degree], knots[len(knots) - degree - 1])
    span = xp.clip(xp.searchsorted(knots, x, side="right") - 1, degree, len(knots) - degree - 2)
    levels = [xp.ones((x.shape[0], 1), x.dtype)]
    for p in range(1, degree + 1):
        levels.append(_raised(knots, span, x, levels[-1], p))
    found = []
    for order in range(top + 1):
        if order > degree:
            found.append(xp.zeros((x.shape[0], degree + 1), x.dtype))
            continue
        row = levels[degree - order]
        for p in range(degree - order + 1, degree + 1):
            row = _differentiated(knots, span, row, p)
        found.append(row)
    return span - degree, found


def _raised(knots: Any, span: Any, x: Any, row: Any, p: int) -> Any:
    """Return the B-splines of degree p on the interval from those of degree p - 1."""
    low, high = _ends(knots, span, p)
    share = (x[:, None] - low) / (high - low)
    return _shifted(share * row, (1 - share) * row)


def _differentiated(knots: Any, span: Any, row: Any, p: int) -> Any:
    """Return derivatives of the B-splines of degree p from those of degree p - 1."""
    low, high = _ends(knots, span, p)
    slope = p * row / (high - low)
    return _shifted(slope, -slope)


def _ends(knots: Any, span: Any, p: int) -> tuple[Any, Any]:
    """Return first and last knot of the B-splines of degree p - 1 that count: (n, p) each."""
    number = span[:, None] + 1 + np.arange(p)
    return knots[number - p], knots[number]


def _shifted(right: Any, left: Any) -> Any:
    """Add what goes to the next B-spline and what goes to the one before."""
    xp: Any = np if isinstance(right, np.ndarray) else jnp
    return xp.pad(right, ((0, 0), (1, 0))) + xp.pad(left, ((0, 0), (0, 1)))


def interpolate_grid(
    axes: Sequence[np.ndarray], values: np.ndarray, periods: Sequence[float | None]
) -> GridSpline:
    """Return the field through values on a tensor grid.

    Args:
        axes: increasing coordinates of the nodes.
        values: (*lengths of the axes, m).
        periods: length of each periodic axis, whose nodes leave the upper end out; ``None`` for
            others.

    Raises:
        DataError: shapes do not fit, or a value is not finite.
    """
    if values.shape[:-1] != tuple(map(len, axes)) or not np.isfinite(values).all():
        got = f"shape {values.shape}"
        wanted = f"finite values of shape {(*map(len, axes), 'm')}"
        raise DataError(wanted, got, "Check axes and values.")
    knots, degrees, weights = [], [], np.asarray(values, float)
    for k, (axis, period) in enumerate(zip(axes, periods, strict=True)):
        nodes, along = np.asarray(axis, float), np.moveaxis(weights, k, 0)
        if period is not None:
            nodes = np.append(nodes, nodes[0] + period)
            along = np.concatenate([along, along[:1]])
        if len(nodes) == 1:
            knots.append(np.array([nodes[0], nodes[0] + 1.0]))
            degrees.append(0)
            continue
        # The largest odd degree that so many nodes determine.
        degree = min(DEGREE, (len(nodes) - 2) // 2 * 2 + 1)
        edge = "periodic" if period is not None and degree > 1 else None
        made = make_interp_spline(nodes, along, k=degree, bc_type=edge)
        knots.append(np.asarray(made.t))
        degrees.append(degree)
        weights = np.moveaxis(np.asarray(made.c), 0, k)
    return GridSpline(tuple(knots), weights, tuple(degrees))
