"""Known functions as fields: exact solutions, lifts, distances."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Field, Index, Jet, ProblemError
from residuum._core import _jet as jets
from residuum.problem._evaluate import evaluate
from residuum.problem._numeric import numeric

LONGEST = 200
"""Operations in an expression beyond which its symbolic derivatives take longer than a program."""


class ExpressionField(Field):
    """A field given by one SymPy expression per unknown.

    Args:
        expressions: in the coordinates alone, one per unknown.
        coordinates: the problem's coordinates, in the order of the columns of the points.
    """

    expressions: tuple[Any, ...] = eqx.field(static=True)
    coordinates: tuple[Any, ...] = eqx.field(static=True)

    def component(self, points: Array, indices: Sequence[Index], j: int) -> Jet:
        """Return the jet of one expression, coefficients of shape (n, 1)."""
        start = jets.coordinates(points, [*indices, (0,) * points.shape[1]])
        values = {c: start[:, i : i + 1] for i, c in enumerate(self.coordinates)}
        found = evaluate(self.expressions[j], values)
        if isinstance(found, Jet):
            return found
        return jets.constant(jnp.full((points.shape[0], 1), found, points.dtype), start.indices)

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        parts = [self.component(points, indices, j) for j in range(len(self.expressions))]
        return jets.concatenate(parts)

    def numeric(self, points: np.ndarray) -> np.ndarray | None:
        """Return the values in NumPy, (n, m), where all are finite numbers there."""
        zero = (0,) * points.shape[1]
        found = self.numeric_derivatives(points, (zero,))
        return None if found is None else found[zero]

    def numeric_derivatives(
        self, points: np.ndarray, indices: Sequence[Index]
    ) -> dict[Index, np.ndarray] | None:
        """Return derivatives in NumPy, by symbolic calculus where that is short."""
        known = dict(zip(self.coordinates, np.asarray(points, float).T, strict=True))
        pairs = [(index, item) for index in indices for item in self.expressions]
        wanted = [_derivative(item, self.coordinates, index) for index, item in pairs]
        if any(item is None for item in wanted):
            return None
        try:
            values = numeric(wanted, known)  # all at once: they have most of their parts in common
        except ProblemError:
            return None  # a function or derivative without a rule: jets may have one
        columns = [np.broadcast_to(item, len(points)) for item in values]
        m = len(self.expressions)
        found = {
            index: np.stack(columns[k * m : (k + 1) * m], axis=1) for k, index in enumerate(indices)
        }
        # Where a formula is 0/0, jets may still know better.
        return found if all(np.isfinite(item).all() for item in found.values()) else None


@lru_cache(maxsize=256)
def _derivative(expression: Any, coordinates: tuple[Any, ...], index: Index) -> Any:
    """Return a derivative of an expression, or ``None`` where it would be too long."""
    found = sp.sympify(expression)
    for coordinate, order in zip(coordinates, index, strict=True):
        for _ in range(order):
            if sp.count_ops(found) > LONGEST:
                return None
            found = sp.diff(found, coordinate)
    return found
