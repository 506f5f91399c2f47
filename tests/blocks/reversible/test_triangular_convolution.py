"""Triangular convolutions: their sweeps solve the dense system, and so do the adjoints."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.blocks.reversible import TriangularConvolution, four_corners, triangular_convolution
from residuum.blocks.reversible._triangular_convolution import convolved, sweep


def test_a_sweep_and_its_adjoint_are_those_of_the_dense_system() -> None:
    with double_precision():
        random = np.random.default_rng(73)
        made = triangular_convolution(2, jax.random.key(3), side=2)
        weights = made.weights().astype(jnp.float64)
        y = jnp.asarray(random.normal(size=(1, 3, 4, 2)))
        weigh = jnp.asarray(random.normal(size=y.shape))

        def dense(y: jax.Array, weights: jax.Array) -> jax.Array:
            units = jnp.eye(y.size).reshape(-1, *y.shape[1:])
            matrix = convolved(units, weights).reshape(y.size, y.size)
            return jnp.linalg.solve(matrix.T, y.reshape(-1)).reshape(y.shape)

        @jax.jit
        def both(y: jax.Array, weights: jax.Array) -> list[object]:
            return [
                jax.value_and_grad(lambda y, w, rule=rule: (weigh * rule(y, w)).sum(), (0, 1))(
                    y, weights
                )
                for rule in (sweep, dense)
            ]

        found, true = both(y, weights)
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(true), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)


def test_options() -> None:
    with pytest.raises(OptionError, match="k, k, c, c"):
        TriangularConvolution(jnp.zeros((3, 2, 1, 1)))
    with pytest.raises(OptionError, match="multiple of four"):
        four_corners(6, jax.random.key(3))
