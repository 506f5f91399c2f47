"""Least squares as a layer: its solution, and its derivative against differences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import in_double_precision
from residuum.objectives import implicit_least_squares

RANDOM = np.random.default_rng(17)
MATRIX, RIGHT = RANDOM.normal(size=(12, 4)), RANDOM.normal(size=12)


def solved(theta: Array, power: int, ridge: float = 1e-6) -> Array:
    """Weights of r = A(θ) ω + (A(θ) ω)^power/10 - b: the residual does not vanish."""
    matrix = jnp.asarray(MATRIX) * (1 + theta * jnp.arange(4))

    def linearised(weights: Array) -> tuple[Array, Array]:
        value = matrix @ weights
        slope = 1 + power * value ** (power - 1) / 10
        return value + value**power / 10 - jnp.asarray(RIGHT), slope[:, None] * matrix

    start = jnp.zeros(4)
    return implicit_least_squares(linearised, start, ridge=ridge, iterations=50, settle=1e-14)


@in_double_precision
def test_a_linear_problem_is_the_ridge_solution() -> None:
    matrix = MATRIX * 1.1  # the second term of power one adds a tenth
    expected = np.linalg.solve(matrix.T @ matrix + 1e-6 * np.eye(4), matrix.T @ RIGHT)
    np.testing.assert_allclose(solved(jnp.asarray(0.0), 1), expected, rtol=1e-10)


@pytest.mark.parametrize("power", [1, 3])
@in_double_precision
def test_the_derivative_is_that_of_the_solution(power: int) -> None:
    found = jax.jacrev(lambda theta: solved(theta, power))(jnp.asarray(0.3))
    step = 1e-4
    above, below = (solved(jnp.asarray(0.3 + s * step), power) for s in (1, -1))
    # Differences of order two: step² = 1e-8 times third derivatives of size ten.
    np.testing.assert_allclose(found, (above - below) / (2 * step), atol=1e-6)
