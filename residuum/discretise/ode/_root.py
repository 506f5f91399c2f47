"""Roots of small systems inside a compiled program, differentiable with respect to everything."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

PATIENCE = 12
"""Newton iterations before the root counts as not found."""
SETTLED = 1e-10
"""A step below this share of the size needs one more, then none: convergence is quadratic."""
ROUGH = 1e-7
"""A step below this share after the last iteration is rounding, not failure."""

System = Callable[[Array], Array]


def root(function: System, guess: Array) -> Array:
    """Return a zero of a function near a guess by Newton's method, shape (n,).

    Derivatives follow from the implicit function theorem, to any order and in both modes; the
    guess has none.

    Args:
        function: (n,) to (n,), scaled so that roots are of size one.
        guess: starting value; a prediction good to a few per cent takes two or three steps.

    Returns:
        The root, or NaN where the iteration does not settle in twelve steps.
    """
    found: Array = jax.lax.custom_root(function, guess, newton, linear)
    return found


def newton(function: System, guess: Array) -> Array:
    """Return the root without derivatives; see ``root``."""
    slope = jax.jacfwd(function)

    def unsettled(carry: tuple[Array, Array, Array, Array]) -> Array:
        _, _, before, count = carry
        # One step more than needed: quadratic convergence takes 1e-10 to rounding.
        return (before > SETTLED) & (count < PATIENCE)

    def improve(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        point, size, _, count = carry
        step = jnp.linalg.solve(slope(point), function(point))
        new = point - step
        return new, jnp.max(jnp.abs(step) / (1e-3 + jnp.abs(new))), size, count + 1

    far = jnp.asarray(jnp.inf, guess.dtype)
    begin = (guess, far, far, jnp.asarray(0))
    point, size, _, _ = jax.lax.while_loop(unsettled, improve, begin)
    return jnp.where(size <= ROUGH, point, jnp.nan)


def linear(function: System, right: Array) -> Array:
    """Return the solution of a linear system given as a function, (n,)."""
    matrix = jax.jacfwd(function)(jnp.zeros_like(right))
    return jnp.linalg.solve(matrix, right)
