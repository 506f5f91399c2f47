"""Residual rows: expressions of the statement at a set of points, scaled and weighted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from residuum._core import Field, Jet, LinearField
from residuum.problem import Pointwise

Parameters = Mapping[str, Any]


class Rows(eqx.Module):
    """r_ki = factor_ki · (expression k at point i - target_i); with ``groups``, means over groups.

    All expressions share one pass of the field over the points.

    Args:
        name: what the rows stand for, as shown in the record.
        at: the expressions.
        points: shape (n, d).
        factor: broadcastable to (expressions, n); weight over typical size over the root of n.
        normals: outward unit normals, shape (n, d_space), for boundary fluxes.
        target: shape (n,), values to meet; zero if ``None``.
        groups: number of equal groups over which an integral is averaged, or 0.
        seen: what a ``Balance`` wrote down about the part, for its next round; no part of the rows.
    """

    name: str = eqx.field(static=True)
    at: tuple[Pointwise, ...] = eqx.field(static=True)
    points: Array
    factor: Array
    normals: Array | None = None
    target: Array | None = None
    groups: int = eqx.field(static=True, default=0)
    seen: Array | None = None

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.at) * (self.groups or self.points.shape[0])

    @property
    def indices(self) -> tuple[tuple[int, ...], ...]:
        """The derivatives that any of the expressions needs."""
        return tuple(dict.fromkeys(index for at in self.at for index in at.indices))

    def residual(self, field: Field, parameters: Parameters | None = None) -> Array:
        """Return the scaled residuals of a field, shape (count,)."""
        return self._of_jet(field.jet(self.points, self.indices), parameters)

    def _of_jet(self, jet: Jet, parameters: Parameters | None) -> Array:
        found = []
        for at in self.at:
            values = {(j, k): jet.derivative(k)[:, j] for j, k in at.slots}
            found.append(at(self.points, values, normals=self.normals, parameters=parameters))
        return self._scaled(jnp.stack(found))

    def _scaled(self, found: Array) -> Array:
        """Subtract the target, scale and average rows of shape (expressions, n)."""
        if self.target is not None:
            found = found - self.target
        return self._weigh(found[:, :, None])[:, 0]

    def _weigh(self, found: Array) -> Array:
        """Scale and average an array (expressions, n, anything) into (count, anything)."""
        if self.groups:
            found = found.reshape(len(self.at), self.groups, -1, found.shape[2]).mean(axis=2)
            found = found * jnp.asarray(self.factor).reshape(-1, 1, 1)
        else:
            shape = (len(self.at), self.points.shape[0])
            found = found * jnp.broadcast_to(self.factor, shape)[:, :, None]
        return found.reshape(self.count, -1)

    def linearised(
        self, field: LinearField, parameters: Parameters | None = None
    ) -> tuple[Array, Array]:
        """Return residual and Jacobian with respect to the head, shapes (count,), (count, K·m).

        For an equation that is linear in the unknowns this is the exact matrix.
        """
        components = sorted({j for at in self.at for j, _ in at.slots})
        features = {j: field.features(self.points, self.indices, j) for j in components}
        offsets = {j: field.offset(self.points, self.indices, j) for j in components}
        found, matrices = [], []
        for at in self.at:
            values = {
                (j, k): features[j].derivative(k) @ field.head[:, j]
                + offsets[j].derivative(k)[:, 0]
                for j, k in at.slots
            }
            given = (self.normals, parameters)
            found.append(at(self.points, values, normals=given[0], parameters=given[1]))
            slopes = at.slopes(self.points, values, normals=given[0], parameters=given[1])
            matrices.append(self._matrix(slopes, features, field.head.shape))
        return self._scaled(jnp.stack(found)), self._weigh(jnp.stack(matrices))

    def _matrix(self, slopes: Any, features: dict[int, Jet], shape: tuple[int, ...]) -> Array:
        blocks = [jnp.zeros((self.points.shape[0], shape[0]))] * shape[1]
        for (j, k), slope in slopes.items():
            blocks[j] = blocks[j] + slope[:, None] * features[j].derivative(k)
        return jnp.stack(blocks, axis=2).reshape(self.points.shape[0], -1)
