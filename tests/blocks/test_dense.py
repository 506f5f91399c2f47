"""Affine maps."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import Dense, Standardise, dense, factorised

from ._apply import apply

RANDOM = np.random.default_rng(31)


@in_double_precision
def test_a_dense_block_is_affine() -> None:
    weight, bias, x = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=3), RANDOM.normal(size=(5, 2))
    found = apply(Dense(weight, bias), x)
    np.testing.assert_allclose(found, x @ weight + bias, rtol=1e-14, atol=1e-14)
    assert (Dense(weight, bias).signature.inputs, Dense(weight, bias).signature.outputs) == (2, 3)


@pytest.mark.parametrize(("inputs", "outputs"), [(40, 60), (60, 40)])
@in_double_precision
def test_weights_are_glorot_normal(inputs: int, outputs: int) -> None:
    block = dense(inputs, outputs, jax.random.key(37), spread=0.3)
    weight, bias = np.asarray(block.weight), np.asarray(block.bias)
    assert weight.shape == (inputs, outputs) and weight.dtype == np.float64
    deviation = np.sqrt(2 / (inputs + outputs))
    # The deviation of n normal numbers is known to 1/√(2n) of itself, their mean to 1/√n: four.
    assert weight.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * weight.size))
    assert abs(weight.mean()) < 4 * deviation / np.sqrt(weight.size)
    assert np.abs(bias).max() <= 0.3 and np.ptp(bias) > 0.4


@in_double_precision
def test_biases_start_at_zero_and_the_key_decides() -> None:
    first, same, other = (dense(40, 60, jax.random.key(k)) for k in (5, 5, 6))
    np.testing.assert_array_equal(first.bias, np.zeros(60))
    np.testing.assert_array_equal(first.weight, same.weight)
    assert np.mean(np.asarray(first.weight) == np.asarray(other.weight)) == 0


@in_double_precision
def test_standardise_maps_a_range_to_plus_minus_one() -> None:
    block = Standardise(np.array([2e-6, 500.0]), np.array([1e-6, 1e3]))
    ends = np.array([[1e-6, -500.0], [3e-6, 1500.0], [2e-6, 500.0]])
    # 1e-6 and 3e-6 carry half a unit of rounding each, as does their quotient.
    np.testing.assert_allclose(
        apply(block, ends), [[-1, -1], [1, 1], [0, 0]], rtol=1e-15, atol=1e-15
    )
    np.testing.assert_allclose(block.inverse(jnp.asarray(apply(block, ends))), ends, rtol=1e-15)


@in_double_precision
def test_a_factorised_block_is_a_dense_one_with_sizes_of_its_own() -> None:
    block = factorised(40, 60, jax.random.key(5))
    x = RANDOM.normal(size=(5, 40))
    expected = x @ (np.asarray(block.weight) @ np.diag(np.exp(np.asarray(block.logarithm))))
    np.testing.assert_allclose(apply(block, x), expected, rtol=1e-12, atol=1e-12)
    # It starts as a Glorot-normal block; deviations of 2400 numbers and of 60: four of those.
    assert np.asarray(block.plain().weight).std() == pytest.approx(np.sqrt(2 / 100), rel=0.06)
    assert np.asarray(block.logarithm).mean() == pytest.approx(1.0, abs=4 * 0.1 / np.sqrt(60))
