"""Monotone layers and Boltzmann machines."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks.associative import (
    MonotoneBoltzmann,
    Splitting,
    dense_weight,
    lattice_boltzmann,
    monotone_layer,
    settle,
)


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_weights_are_monotone_whatever_the_numbers(scale: float) -> None:
    weight = dense_weight(12, 5, margin=0.2)
    weight = jax.tree.map(lambda x: x * scale if isinstance(x, jax.Array) else x, weight)
    matrix = np.asarray(weight.matrix(), float)
    top = np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1]
    assert top <= 0.8 + 1e-5 * scale**2
    assert np.abs(matrix - matrix.T).max() > 0.01


def test_a_layer_is_an_implicit_equation_with_gradients_for_all_parts() -> None:
    layer = monotone_layer(3, 10, 7)
    x = jnp.asarray(np.random.default_rng(8).normal(size=(4, 3)), jnp.float32)
    z = eqx.filter_jit(layer)(x)
    again = jnp.tanh(z @ layer.weight.matrix().T + x @ layer.drive + layer.bias)
    np.testing.assert_allclose(z, again, atol=2e-5)
    slope = eqx.filter_jit(eqx.filter_grad(lambda part: jnp.sum(part(x) ** 2)))(layer)
    found = [slope.weight.entries, slope.weight.turn, slope.drive, slope.bias]
    assert all(np.isfinite(g).all() and np.abs(g).max() > 1e-4 for g in found)


@in_double_precision
def test_a_machine_has_one_rest_and_it_is_the_fixed_point() -> None:
    weight = jax.tree.map(
        lambda x: jnp.asarray(x, jnp.float64) * 6 if isinstance(x, jax.Array) else x,
        dense_weight(9, 5, margin=0.3, symmetric=True),
    )
    machine = MonotoneBoltzmann(weight, jnp.linspace(-2, 2, 9), 9, Splitting(tolerance=1e-10))
    starts = jnp.asarray(np.random.default_rng(6).uniform(-1, 1, (5, 9)))
    rest = settle(machine, starts, most=20_000, tolerance=1e-11)
    whole = eqx.filter_jit(machine.complete)(jnp.zeros((1, 9)), jnp.zeros((1, 9), bool))
    np.testing.assert_allclose(rest.state, np.broadcast_to(whole, (5, 9)), atol=1e-7)


def test_known_pixels_stay_and_missing_ones_follow() -> None:
    machine = lattice_boltzmann(6, 7, block=2, rank=3)
    seen = jnp.where(jnp.arange(36) % 2 == 0, 1.0, -1.0)[None]
    known = jnp.arange(36)[None] < 18
    complete = eqx.filter_jit(machine.complete)
    found = complete(seen, known)
    np.testing.assert_array_equal(found[:, :18], seen[:, :18])
    assert np.abs(found[:, 18:]).max() < 1
    other = complete(-seen, known)
    assert np.abs(found[:, 18:] - other[:, 18:]).max() > 1e-3
    # The machine is alike everywhere: moved by a block, the answer moves along.
    moved = [jnp.roll(part.reshape(1, 6, 6), 2, axis=2).reshape(1, 36) for part in (seen, known)]
    shifted = complete(*moved).reshape(6, 6)
    np.testing.assert_allclose(jnp.roll(found.reshape(6, 6), 2, axis=1), shifted, atol=1e-4)


def test_bad_options_are_refused() -> None:
    with pytest.raises(OptionError, match="symmetric weight"):
        MonotoneBoltzmann(dense_weight(4, 5), jnp.zeros(4), 3)
    with pytest.raises(OptionError, match="margin above zero"):
        dense_weight(4, 5, margin=0.0)
    with pytest.raises(OptionError, match="three blocks"):
        lattice_boltzmann(4, 5)
    machine = lattice_boltzmann(6, 7, rank=2)
    with pytest.raises(OptionError, match="two arrays"):
        machine.complete(jnp.zeros((1, 5)), jnp.zeros((1, 5), bool))
