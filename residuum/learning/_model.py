"""Residual rows as a function of one vector: value, Jacobian, products with it, and bend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum.learning._rule import Trainable, residuals
from residuum.objectives import Rows, TestedRows, chunked_loss


def _row_jacobian(restore: Any, vector: Array, rows: Rows) -> Array:
    """Jacobian of one block of rows, shape (count, p): reverse mode point by point."""
    if isinstance(rows, TestedRows):
        return _tested_jacobian(restore, vector, rows)
    if rows.groups:
        return jax.jacrev(lambda v: residuals(restore(v), [rows]))(vector)
    n = rows.points.shape[0]
    factor = jnp.broadcast_to(rows.factor, (len(rows.at), n)).T

    def at_point(v: Array, point: Array, factor: Array, normal: Any, target: Any) -> Array:
        one = Rows(rows.name, rows.at, point[None], factor[:, None], normal, target)
        return residuals(restore(v), [one])

    def slope(point: Array, factor: Array, normal: Any, target: Any) -> Array:
        if len(rows.at) == 1:
            return jax.grad(lambda v: at_point(v, point, factor, normal, target)[0])(vector)[None]
        return jax.jacrev(lambda v: at_point(v, point, factor, normal, target))(vector)

    normals = None if rows.normals is None else rows.normals[:, None]
    targets = None if rows.target is None else rows.target[:, None]
    axes = (0, 0, None if normals is None else 0, None if targets is None else 0)
    found = jax.vmap(slope, in_axes=axes)(rows.points, factor, normals, targets)
    return found.transpose(1, 0, 2).reshape(rows.count, -1)


def _tested_jacobian(restore: Any, vector: Array, rows: TestedRows) -> Array:
    """Sum the Jacobian of the expressions at the points against the test functions."""
    ones = jnp.ones((len(rows.at), 1))
    plain = Rows(rows.name, rows.at, rows.points, ones, rows.normals)
    found = _row_jacobian(restore, vector, plain)
    return rows.summed(found.reshape(len(rows.at), -1, vector.size))


class Model(eqx.Module):
    """The rows as a function of one vector: value, Jacobian and second directional derivative."""

    rows: tuple[Rows, ...]
    fixed: Any
    restore: Any = eqx.field(static=True)

    @eqx.filter_jit
    def value(self, vector: Array) -> Array:
        """Return all residual rows."""
        return residuals(self.restore(vector, self.fixed), self.rows)

    @eqx.filter_jit
    def jacobian(self, vector: Array) -> tuple[Array, Array]:
        """Return all residual rows and their Jacobian, shapes (count,) and (count, p)."""

        def restore(v: Array) -> Trainable:
            found: Trainable = self.restore(v, self.fixed)
            return found

        matrix = jnp.concatenate([_row_jacobian(restore, vector, item) for item in self.rows])
        return self.value(vector), matrix

    @eqx.filter_jit
    def slope(self, vector: Array) -> tuple[Array, Array]:
        """Return half the sum of squares and its gradient, added up in chunks of points."""
        return jax.value_and_grad(self._energy)(vector)

    def _energy(self, vector: Array) -> Array:
        trained = self.restore(vector, self.fixed)
        return sum(
            (chunked_loss(lambda piece: residuals(trained, [piece]), item) for item in self.rows),
            start=jnp.zeros((), vector.dtype),
        )

    @eqx.filter_jit
    def gram(self, vector: Array, direction: Array) -> Array:
        """Return JᵀJ times a direction without J: the gradient of ½|J d|² by d, in chunks."""
        return self.product(vector)(direction)

    def product(self, vector: Array) -> Callable[[Array], Array]:
        """Return JᵀJ at a vector as a function of the direction."""

        def along(direction: Array, piece: Rows) -> Array:
            def value(v: Array) -> Array:
                return residuals(self.restore(v, self.fixed), [piece])

            return jax.jvp(value, (vector,), (direction,))[1]

        def energy(direction: Array) -> Array:
            return sum(
                (chunked_loss(partial(along, direction), item) for item in self.rows),
                start=jnp.zeros((), vector.dtype),
            )

        return jax.grad(energy)

    @eqx.filter_jit
    def bend(self, vector: Array, step: Array) -> Array:
        """Return the second derivative of the rows along a step."""

        def along(v: Array) -> Array:
            return jax.jvp(self.value, (v,), (step,))[1]

        return jax.jvp(along, (vector,), (step,))[1]
