"""Least squares as a layer: weights of a basis that meet the equations, and their derivatives.

Each expert owns a part of the domain and solves for weights of its own; gradients pass through the
solve by the implicit function theorem, at the cost of one more solve.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Field, LinearField
from residuum.objectives._rows import Parameters, Rows

Linearised = Callable[[Array], tuple[Array, Array]]
"""From weights to residual and Jacobian."""

_Step = tuple[Array, Array, Array, Array, Array]
"""Weights, damping, loss, number of steps, and whether to go on."""


def implicit_least_squares(
    linearised: Linearised, start: Array, *, ridge: float, iterations: int, settle: float = 1e-10
) -> Array:
    """Return argmin ½|r(ω)|² + ½ ridge·|ω|² by Levenberg–Marquardt, differentiable in what r uses.

    Args:
        linearised: r and its Jacobian at weights of shape (p,).
        start: first weights, shape (p,).
        ridge: keeps the solve regular where columns are nearly dependent; it is part of what is
            minimised, so that the gradient is exact all the same.
        iterations: most steps.
        settle: relative length of a step, or fall of the loss, at which to stop.
    """

    def slope(weights: Array) -> Array:
        residual, matrix = linearised(weights)
        return matrix.T @ residual + ridge * weights

    def solve(_: Any, first: Array) -> Array:
        return _levenberg_marquardt(linearised, first, ridge, iterations, settle)

    def tangent(linear: Callable[[Array], Array], right: Array) -> Array:
        square = jax.vmap(linear, out_axes=1)(jnp.eye(right.size, dtype=right.dtype))
        return jnp.linalg.solve(square, right)

    found: Array = jax.lax.custom_root(slope, start, solve, tangent)
    return found


def _levenberg_marquardt(
    linearised: Linearised, start: Array, ridge: float, iterations: int, settle: float
) -> Array:
    def size(weights: Array) -> Array:
        residual, _ = linearised(weights)
        return jnp.sum(residual**2) + ridge * jnp.sum(weights**2)

    def go_on(state: _Step) -> Array:
        step, moved = state[3], state[4]
        return (step < iterations) & moved

    def advance(state: _Step) -> _Step:
        weights, damping, before, step, _ = state
        residual, matrix = linearised(weights)
        unit = jnp.eye(weights.size, dtype=weights.dtype)
        # QR of the matrix with the damping below it: normal equations would lose half the digits.
        tall = jnp.concatenate([matrix, jnp.sqrt(ridge) * unit, jnp.sqrt(damping) * unit])
        right = jnp.concatenate([residual, jnp.sqrt(ridge) * weights, jnp.zeros_like(weights)])
        q, r = jnp.linalg.qr(tall)
        move = -jax.scipy.linalg.solve_triangular(r, q.T @ right)
        after = size(weights + move)
        better = jnp.isfinite(after) & (after < before)
        length = jnp.linalg.norm(move) / (jnp.linalg.norm(weights) + 1e-30)
        small = (length < settle) | (better & (before - after < settle * before))
        new = jnp.where(better, weights + move, weights)
        eased = jnp.where(better, damping / 30, damping * 10)
        going = ~small & (damping < 1e8 * largest)
        return new, eased, jnp.where(better, after, before), step + 1, going

    largest = jnp.sum(linearised(start)[1] ** 2, axis=0).max()
    damping = 1e-3 * largest
    first = (start, damping, size(start), jnp.asarray(0), jnp.asarray(True))
    found: Array = jax.lax.while_loop(go_on, advance, first)[0]
    return found


class ExpertRows(Rows):
    """Residuals left by experts that solve for their own weights on every call.

    ``points`` are those of all experts, one after another, at which the residual is judged; the
    weights are solved for at other points, ``inner``. Gradients reach the basis only.

    Args:
        inner: points of every expert, shape (experts, n, d).
        share: factor of the inner rows.
        around: rows that every expert gets besides: conditions and observations.
        ridge, iterations: see ``implicit_least_squares``.
    """

    inner: Array | None = None
    share: Array | None = None
    around: tuple[Rows, ...] = ()
    ridge: float = eqx.field(static=True, default=1e-12)
    iterations: int = eqx.field(static=True, default=50)

    def weights(self, field: LinearField, parameters: Parameters | None = None) -> Array:
        """Return the head of every expert, shape (experts, features, m)."""
        assert self.inner is not None and self.share is not None
        shape, share = field.head.shape, self.share

        def one(points: Array) -> Array:
            rows = [Rows(self.name, self.at, points, share), *self.around]

            def linearised(flat: Array) -> tuple[Array, Array]:
                here = field.with_head(flat.reshape(shape))
                parts = [item.linearised(here, parameters) for item in rows]
                return jnp.concatenate([r for r, _ in parts]), jnp.concatenate(
                    [a for _, a in parts]
                )

            start = jnp.zeros(shape[0] * shape[1], points.dtype)
            found = implicit_least_squares(
                linearised, start, ridge=self.ridge, iterations=self.iterations
            )
            return found.reshape(shape)

        return jax.vmap(one)(self.inner)

    def residual(self, field: Field, parameters: Parameters | None = None) -> Array:
        assert isinstance(field, LinearField) and self.inner is not None
        heads = self.weights(field, parameters)
        points = self.points.reshape(len(heads), -1, self.points.shape[1])

        def one(head: Array, places: Array) -> Array:
            rows = Rows(self.name, self.at, places, self.factor)
            return rows.residual(field.with_head(head), parameters)

        return jax.vmap(one)(heads, points).ravel()

    def linearised(
        self, field: LinearField, parameters: Parameters | None = None
    ) -> tuple[Array, Array]:
        raise NotImplementedError("experts have solved for their heads already")


def expert_rows(
    equations: Rows, judged: Array, inner: Array, around: tuple[Rows, ...], ridge: float
) -> ExpertRows:
    """Return rows that judge experts at points (experts, m, d), solving at points (experts, n, d).

    Args:
        equations: rows of the equations, for their expressions and their scale.
        judged: points at which the residual is asked for.
        inner: points at which weights are solved for.
        around: rows that every expert gets besides.
        ridge: see ``implicit_least_squares``.
    """
    count = len(equations.points)
    size = jnp.asarray(equations.factor) * jnp.sqrt(count)  # one over the size of the terms
    experts, each, axes = judged.shape
    return ExpertRows(
        "experts",
        equations.at,
        judged.reshape(-1, axes),
        size / jnp.sqrt(experts * each),
        groups=experts * each,
        inner=inner,
        share=size / jnp.sqrt(inner.shape[1]),
        around=around,
        ridge=ridge,
    )
