"""Residual rows: one expression of the statement at a set of points, scaled and weighted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from residuum._core import Field, LinearField
from residuum.problem import Pointwise

Parameters = Mapping[str, Any]


class Rows(eqx.Module):
    """r_i = factor_i · (expression at point i - target_i); with ``groups``, means of r over groups.

    Args:
        name: what the rows stand for, as shown in the record.
        at: the expression.
        points: shape (n, d).
        factor: shape (n,) or scalar; weight over typical size over the root of n.
        normals: outward unit normals, shape (n, d_space), for boundary fluxes.
        target: shape (n,) values to meet; zero if ``None``.
        groups: number of equal groups over which an integral is averaged, or 0.
    """

    name: str = eqx.field(static=True)
    at: Pointwise = eqx.field(static=True)
    points: Array
    factor: Array
    normals: Array | None = None
    target: Array | None = None
    groups: int = eqx.field(static=True, default=0)

    def residual(self, field: Field, parameters: Parameters | None = None) -> Array:
        """Return the scaled residuals of a field, shape (rows,)."""
        jet = field.jet(self.points, self.at.indices)
        values = {(j, k): jet.derivative(k)[:, j] for j, k in self.at.slots}
        found = self.at(self.points, values, normals=self.normals, parameters=parameters)
        return self._scaled(found if self.target is None else found - self.target)

    def _scaled(self, found: Array) -> Array:
        if self.groups:
            found = found.reshape(self.groups, -1, *found.shape[1:]).mean(axis=1)
        factor = jnp.asarray(self.factor)
        return found * (factor if factor.ndim == 0 or found.ndim == 1 else factor[:, None])

    def linearised(
        self, field: LinearField, parameters: Parameters | None = None
    ) -> tuple[Array, Array]:
        """Return residual and Jacobian with respect to the head, shapes (rows,) and (rows, K·m).

        For an equation that is linear in the unknowns this is the exact matrix.
        """
        indices = self.at.indices
        components = sorted({j for j, _ in self.at.slots})
        m, size = field.head.shape[1], field.head.shape[0]
        features = {j: field.features(self.points, indices, j) for j in components}
        offsets = {j: field.offset(self.points, indices, j) for j in components}
        values = {
            (j, k): features[j].derivative(k) @ field.head[:, j] + offsets[j].derivative(k)[:, 0]
            for j, k in self.at.slots
        }
        found = self.at(self.points, values, normals=self.normals, parameters=parameters)
        slopes = self.at.slopes(
            self.points, values, normals=self.normals, parameters=parameters
        )
        blocks = [jnp.zeros((self.points.shape[0], size))] * m
        for (j, k), slope in slopes.items():
            blocks[j] = blocks[j] + slope[:, None] * features[j].derivative(k)
        matrix = jnp.stack(blocks, axis=2).reshape(self.points.shape[0], -1)
        residual = self._scaled(found if self.target is None else found - self.target)
        return residual, self._scaled(matrix)
