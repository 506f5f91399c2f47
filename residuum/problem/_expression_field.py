"""Known functions as fields: exact solutions, lifts, distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from residuum._core import Field, Index, Jet
from residuum._core import _jet as jets
from residuum.problem._evaluate import evaluate


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
