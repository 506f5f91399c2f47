"""Rows of one unknown, linearised about a state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Index
from residuum.objectives import Rows


class Linearised(eqx.Module):
    """Rows of one unknown, linearised about a state: Σ_α slope_α ∂^α v = right, up to noise.

    Args:
        rows: one expression each.
        state: values of the unknown's derivatives by block of rows, by slot.
        free: the same of v alone, in the units of the problem.
        magnitude, half: sizes of the unknown and half-widths of the coordinates.
    """

    rows: tuple[Rows, ...]
    state: tuple[dict[Any, Array], ...]
    free: tuple[dict[Index, Array], ...]
    magnitude: float = eqx.field(static=True)
    half: tuple[float, ...] = eqx.field(static=True)

    def system(self, parameters: Mapping[str, Array]) -> tuple[dict[Index, Array], Array]:
        """Return slopes by derivative of the dimensionless v, and right-hand sides: (m,)."""
        slopes, rights = [], []
        for rows, state, free in zip(self.rows, self.state, self.free, strict=True):
            at, normals = rows.at[0], rows.normals
            slope = at.slopes(rows.points, state, normals=normals, parameters=parameters)
            value = at(rows.points, state, normals=normals, parameters=parameters)
            if rows.target is not None:
                value = value - rows.target
            moved = sum((slope[slot] * free[slot[1]] for slot in slope), -value)
            factor = jnp.broadcast_to(rows.factor, value.shape)
            rights.append(moved * factor)
            slopes.append({slot[1]: slope[slot] * factor for slot in slope})
        found = {}
        for index in sorted({index for item in slopes for index in item}):
            size = self.magnitude / np.prod(np.array(self.half) ** np.array(index))
            pieces = [
                item.get(index, jnp.zeros(len(rows.points)))
                for item, rows in zip(slopes, self.rows, strict=True)
            ]
            found[index] = jnp.concatenate(pieces) * size
        return found, jnp.concatenate(rights)
