"""Small stacks for the tests of their parts."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks import Chain, Tanh, dense
from residuum.blocks._abstract import is_trained
from residuum.blocks.reversible import Coupling, Factor

WIDTH = 4


def branch(place: int, width: int = WIDTH) -> Chain:
    first, last = jax.random.split(jax.random.key(500 + place))
    return Chain((dense(width, width, first), Tanh(width), dense(width, width, last)))


def additive(place: int, skip: float = 1.0) -> Coupling:
    scales = () if skip == 1.0 else (Factor(np.full((), skip, np.float32)),) * 2
    return Coupling((branch(place), branch(place + 50)), scales)


def pair(rows: int = 6, width: int = WIDTH) -> tuple[jax.Array, jax.Array]:
    drawn = np.random.default_rng(61).normal(size=(2, rows, width))
    return jnp.asarray(drawn[0], jnp.float32), jnp.asarray(drawn[1], jnp.float32)


@eqx.filter_jit
def gradient(stack: Any, state: Any) -> Any:
    """Gradient of a curved function of the last state, by all weights."""
    trained, fixed = eqx.partition(stack, is_trained)

    def value(trained: Any) -> Any:
        found = eqx.combine(trained, fixed)(state)
        return sum(jnp.sum(jnp.sin(leaf)) for leaf in jax.tree.leaves(found))

    return jax.grad(value)(trained)


def apart(found: Any, true: Any) -> float:
    """Largest relative error of the leaves."""
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True)
    return max(float(jnp.abs(a - b).max() / jnp.abs(b).max()) for a, b in pairs if jnp.any(b))


def temporary_bytes(stack: Any, state: Any) -> int:
    """What a step of training needs besides weights and states, as the compiler says."""
    trained, fixed = eqx.partition(stack, is_trained)

    def value(trained: Any, state: Any) -> Any:
        found = eqx.combine(trained, fixed)(state)
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(found))

    made = jax.jit(jax.grad(value, argnums=(0, 1))).lower(trained, state).compile()
    plan: Any = made.memory_analysis()
    return int(plan.temp_size_in_bytes)
