"""A state on characteristics, read at places in space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Field, Index, Jet, closure
from residuum._core import _jet as jets

Carry = tuple[Array, Array, Array, Array, Array, Array]
"""Number of the step, labels, ends of their brackets, largest move, and the largest before it."""

STEPS = 80
"""Most steps towards a label: bisection alone halves a bracket that often."""

CLOSE = 1e-9
"""Moves of this share of the size that no longer shrink are rounding."""


@final
class Transported(Field):
    """u(t, x) = U(t, X) with X + d(t, X) = x: the map from labels to places is inverted.

    Values come from Newton's method (in one dimension kept inside a bracket that is halved where
    Newton leaves it). Derivatives come from the same equation solved order by order in Taylor
    coefficients, so they are exact for the fields d and U.

    Args:
        labelled: the displacements d and the state U at labels, in the columns given below.
        state: column of the state.
        shifts: columns of the displacements, in the order of the space coordinates.
        low, high: bounds of the displacements, shape (space,).

    It breaks where labels cross: det(I + ∂d/∂X) must be positive.
    """

    labelled: Field
    state: int
    shifts: tuple[int, ...]
    low: np.ndarray
    high: np.ndarray

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        order, labels = max(sum(index) for index in wanted), self.labels(points)
        at = jnp.column_stack([points[:, :1], labels])
        taylor = self.labelled.jet(at, _total(points.shape[1], max(order, 1)))
        shift = self._moved(taylor, wanted, order)
        return jets.substitute(taylor[:, self.state : self.state + 1], shift)

    def _moved(self, taylor: Jet, wanted: tuple[Index, ...], order: int) -> Jet:
        """Return the Taylor coefficients of (t, X) around a point, the values left out."""
        d = len(self.shifts) + 1
        columns = jnp.asarray(self.shifts)
        moves = taylor[:, columns]
        n = taylor.value.shape[0]
        inverse = _inverse(self._slopes(moves, n))
        unit = jets.coordinates(jnp.zeros((n, d), taylor.value.dtype), wanted)
        clock, places = unit[:, :1], unit[:, 1:]
        found = places.linear(jnp.zeros_like)
        for _ in range(order):  # every step settles one more order
            inner = jets.substitute(moves, jets.concatenate([clock, found]))
            gap = found + inner - places
            step = gap.linear(lambda part: jnp.einsum("nij,nj->ni", inverse, part + _rows(n)))
            found = found - step
            found = Jet({k: v if any(k) else jnp.zeros((n, d - 1)) for k, v in found.parts.items()})
        return jets.concatenate([clock, found])

    def labels(self, points: Array) -> Array:
        """Return the labels of points (n, d), shape (n, space)."""
        times, places = points[:, :1], points[:, 1:]
        reach = jnp.concatenate([jnp.ravel(jnp.asarray(e)) for e in (self.low, self.high, places)])
        size = jnp.max(jnp.abs(reach), initial=1.0)

        def advance(carry: Carry) -> Carry:
            step, labels, below, above, last, _ = carry
            gap, slopes = self._gap(times, labels, places)
            if len(self.shifts) == 1:
                below, above = jnp.where(gap < 0, labels, below), jnp.where(gap > 0, labels, above)
            moved = labels - jnp.einsum("nij,nj->ni", _inverse(slopes), gap)
            inside = (moved >= below) & (moved <= above)
            moved = jnp.where(inside, moved, 0.5 * (below + above))
            move = jnp.max(jnp.abs(moved - labels), initial=0.0)
            return step + 1, moved, below, above, move, last

        def going(carry: Carry) -> Array:
            step, move, last = carry[0], carry[4], carry[5]
            # Displacements are sums of many terms, whose rounding no step gets below.
            rounded = (move < CLOSE * size) & (move > 0.5 * last)
            return (step < STEPS) & (move > 1e-14 * size) & ~rounded

        below, above = places - self.high, places - self.low
        guess = jnp.clip(places - self._shift(times, places), below, above)
        far = jnp.asarray(jnp.inf, places.dtype)
        first = (jnp.asarray(0), guess, below, above, far, far)
        found: Array = jax.lax.while_loop(going, advance, first)[1]
        return found

    def _shift(self, times: Array, labels: Array) -> Array:
        found = self.labelled(jnp.column_stack([times, labels]))
        return found[:, jnp.asarray(self.shifts)]

    def _gap(self, times: Array, labels: Array, places: Array) -> tuple[Array, Array]:
        at = jnp.column_stack([times, labels])
        jet = self.labelled.jet(at, _total(at.shape[1], 1))[:, jnp.asarray(self.shifts)]
        return labels + jet.value - places, self._slopes(jet, at.shape[0])

    def _slopes(self, moves: Jet, n: int) -> Array:
        """Return I + ∂d/∂X of the displacements, shape (n, space, space)."""
        k = len(self.shifts)
        rows = [tuple(int(i == axis + 1) for i in range(k + 1)) for axis in range(k)]
        found = jnp.stack([moves.derivative(row) for row in rows], axis=2)
        return jnp.broadcast_to(jnp.eye(k) + found, (n, k, k))

    def finite(self) -> bool | None:
        """Whether the field is finite, where the fields at labels can tell."""
        return False if self.labelled.finite() is False else None


def jacobian(field: Transported, points: Array) -> Array:
    """Return det(I + ∂d/∂X) at times and labels (n, d), shape (n,)."""
    jet = field.labelled.jet(points, _total(points.shape[1], 1))
    slopes = field._slopes(jet[:, jnp.asarray(field.shifts)], points.shape[0])
    found: Array = jnp.linalg.det(slopes)
    return found


def _total(dimension: int, order: int) -> tuple[Index, ...]:
    """Return every multi-index up to a total order."""
    found: list[Index] = [()]
    for _ in range(dimension):
        found = [(*k, more) for k in found for more in range(order + 1 - sum(k))]
    return closure(found)


def _inverse(slopes: Array) -> Array:
    if slopes.shape[1] == 1:
        # Where labels cross Newton's step means nothing; the bracket then takes over.
        return 1.0 / jnp.where(slopes == 0, 1e-300, slopes)
    found: Array = jnp.linalg.inv(slopes)
    return found


def _rows(n: int) -> Array:
    return jnp.zeros((n, 1))
