"""Adam on the squared dual norm of a residual: the refinement as published, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array


class Descent(NamedTuple):
    """Where a descent ended.

    Args:
        state: the state of least residual seen.
        sizes: norm of the residual before every step.
    """

    state: np.ndarray
    sizes: np.ndarray


def descend(
    rows: Callable[[Array, Any], Array], start: np.ndarray, data: Any, *, rate: float, steps: int
) -> Descent:
    """Minimise ‖rows‖² over a real or complex state by Adam.

    The state moves in units of its largest entry. Ends early at a residual that is not finite.

    Args:
        rows: state and data to rows, whose Euclidean norm counts; it is compiled.
        start: the first state.
        data: arrays that the rows read.
        rate: step size of Adam; good start: 1e-4 to 1e-2.
        steps: number of steps.
    """
    complex_state = np.iscomplexobj(start)
    unit = max(float(np.abs(start).max()), 1e-300)
    first = np.stack([start.real, start.imag]) if complex_state else np.asarray(start)
    optimiser = optax.adam(rate)

    def state_of(change: Array, data: Any) -> Array:
        moved = data[0] + unit * change
        return jax.lax.complex(moved[0], moved[1]) if complex_state else moved

    def loss(change: Array, data: Any, size: Array) -> Array:
        found = rows(state_of(change, data), data[1])
        return (jnp.abs(found) ** 2).sum() / size

    def step(carry: Any, _: None, data: Any, size: Array) -> Any:
        change, memory, best, least = carry
        value, slope = jax.value_and_grad(loss)(change, data, size)
        better = value < least
        best = jnp.where(better, change, best)
        move, memory = optimiser.update(slope, memory)
        return (change + move, memory, best, jnp.where(better, value, least)), value

    @jax.jit
    def run(data: Any) -> tuple[Array, Array, Array]:
        none = jnp.zeros(first.shape)
        size = jnp.maximum(loss(none, data, jnp.ones(())), 1e-300)
        carry = (none, optimiser.init(none), none, jnp.asarray(jnp.inf))
        carry, values = jax.lax.scan(
            lambda c, x: step(c, x, data, size), carry, None, length=steps + 1
        )
        return state_of(carry[2], data), values, size

    state, values, size = run((jnp.asarray(first), data))
    return Descent(np.asarray(state), np.sqrt(np.asarray(values) * float(size)))
