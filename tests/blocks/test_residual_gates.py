"""Gated residual blocks."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.blocks import Dense, ResidualGates, Tanh, dense

from ._apply import apply

RANDOM = np.random.default_rng(41)


def gates(blocks: int) -> ResidualGates:
    keys = iter(jax.random.split(jax.random.key(5), 2 + 3 * blocks))

    def layer(inputs: int, outputs: int) -> Dense:
        return dense(inputs, outputs, next(keys), spread=0.3)

    layers = tuple((layer(4, 3), layer(3, 3), layer(3, 4)) for _ in range(blocks))
    return ResidualGates(layer(4, 3), layer(4, 3), layers, jnp.zeros(blocks), Tanh(3))


@in_double_precision
def test_it_starts_as_the_identity_however_deep() -> None:
    x = RANDOM.normal(size=(6, 4))
    for blocks in (1, 5):
        np.testing.assert_array_equal(apply(gates(blocks), x), x)


@in_double_precision
def test_the_equations_of_the_paper() -> None:
    x = RANDOM.normal(size=(6, 4))
    alpha = np.array([0.3, -0.7])
    block = eqx.tree_at(lambda b: b.alpha, gates(2), jnp.asarray(alpha))

    def a(part: Any, z: np.ndarray) -> np.ndarray:
        value: np.ndarray = np.tanh(z @ np.asarray(part.weight) + np.asarray(part.bias))
        return value

    u, v, found = a(block.first, x), a(block.second, x), x
    for (one, two, three), step in zip(block.layers, alpha, strict=True):
        f = a(one, found)
        z = f * u + (1 - f) * v
        g = a(two, z)
        z = g * u + (1 - g) * v
        found = step * a(three, z) + (1 - step) * found
    np.testing.assert_allclose(apply(block, x), found, rtol=1e-13, atol=1e-14)
