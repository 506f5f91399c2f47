"""Layers of light."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax import Array

from residuum._core import DataError, OptionError, in_double_precision
from residuum.blocks.physical import Detectors, optical_matrix, saturable_absorber
from residuum.datasets import VowelMaker

RANDOM = np.random.default_rng(29)


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 2)])
@in_double_precision
def test_any_real_or_complex_matrix_is_multiplied_by(shape: tuple[int, int]) -> None:
    for matrix in (RANDOM.normal(size=shape), RANDOM.normal(size=(2, *shape)).T @ [1, 1j]):
        matrix = np.asarray(matrix).reshape(shape)
        side = max(shape)
        layer = optical_matrix(matrix)
        found = np.asarray(layer(jnp.eye(side)).T)
        np.testing.assert_allclose(found[: shape[0], : shape[1]], matrix, atol=1e-13)
        assert np.abs(found[shape[0] :]).max(initial=0) < 1e-13
        layer.check()


@in_double_precision
def test_the_absorber_solves_its_equation_from_dark_to_bright() -> None:
    layer = saturable_absorber(1, weak=0.2, cross=3.0)
    power = jnp.asarray(np.logspace(-6, 3, 40))
    found = np.asarray(layer.transmission(power))
    np.testing.assert_allclose(0.5 * np.log(found / 0.2) / (1 - found), 3.0 * power, rtol=1e-8)
    assert np.all(np.diff(found) > 0) and found[0] > 0.2 and found[-1] < 1
    # The slope of the equation itself: dT/ds = 2 (1 - T) / (1 / T + 2 s), s = σ |E|².
    slope = jax.vmap(jax.grad(layer.transmission))(power)
    wanted = 3.0 * 2 * (1 - found) / (1 / found + 6.0 * power)
    np.testing.assert_allclose(slope, wanted, rtol=1e-7, atol=1e-12)


def test_the_absorber_keeps_phases_and_is_finite_in_the_dark() -> None:
    layer = saturable_absorber(2)
    light = jnp.asarray([[0.0, 0.5 + 0.5j]])
    out = np.asarray(layer(light))
    assert out[0, 0] == 0 and np.angle(out[0, 1]) == pytest.approx(np.pi / 4, abs=1e-6)
    slope = jax.grad(lambda size: jnp.abs(layer(size * light)[0, 1]))(0.0 + 1.0)
    assert np.isfinite(slope)


def test_noise_moves_the_matrix_in_proportion() -> None:
    layer = optical_matrix(RANDOM.normal(size=(4, 4)))
    eye = jnp.eye(4)
    off = [np.abs(np.asarray(layer.noisy(s, 7)(eye) - layer(eye))).max() for s in (0.0, 1e-3, 1e-2)]
    assert off[0] == 0 and off[2] / off[1] == pytest.approx(10, rel=0.1)


@pytest.mark.slow
def test_a_tenth_of_a_radian_is_too_much_and_a_hundredth_is_not() -> None:
    """Vowels through two matrices of eight ports: what errors of the phases cost."""
    sounds = VowelMaker(length=512).make(360, 13)
    bands = sounds.bands(8)
    x = jnp.asarray((bands - bands[:240].mean(0)) / bands[:240].std(0), jnp.float32)
    y, absorber = jnp.asarray(sounds.labels), saturable_absorber(8)

    def scores(first: Any, last: Any, x: Array) -> Array:
        return 4 * Detectors(8, 3)(last(absorber(first(x))))

    def loss(parts: Array) -> Array:
        one, two = parts[:2] + 1j * parts[2:]
        out = scores(lambda z: z @ one.T, lambda z: z @ two.T, x[:240])
        return optax.softmax_cross_entropy_with_integer_labels(out, y[:240]).mean()

    optimiser = optax.adam(0.02)

    @jax.jit
    def trained(parts: Array) -> Array:
        def step(carry: Any, _: None) -> Any:
            move, state = optimiser.update(jax.grad(loss)(carry[0]), carry[1])
            return (carry[0] + move, state), None

        return jax.lax.scan(step, (parts, optimiser.init(parts)), None, length=200)[0][0]

    draw = np.random.default_rng(17).normal(size=(4, 8, 8)) / 4
    parts = np.asarray(trained(jnp.asarray(draw, jnp.float32)))
    chip = [optical_matrix(matrix) for matrix in parts[:2] + 1j * parts[2:]]
    go = eqx.filter_jit(scores)

    def right(deviation: float) -> float:
        shares = []
        for i in range(10, 22):
            first, last = (part.noisy(deviation, 2 * i + j) for j, part in enumerate(chip))
            shares.append((go(first, last, x).argmax(1) == y)[240:].mean())
        return float(np.mean(shares))

    clean, little, much = (right(deviation) for deviation in (0.0, 0.01, 0.1))
    assert clean > 0.9 and abs(clean - little) < 0.03 and much < clean - 0.1


def test_detectors_read_powers_of_the_first_ports() -> None:
    light = jnp.asarray([[1 + 2j, 3.0, 5j]])
    np.testing.assert_allclose(Detectors(3, 2)(light), [[5.0, 9.0]])


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError, match="a transmission between 0 and 1"):
        saturable_absorber(2, weak=1.5)
    with pytest.raises(DataError, match="a finite matrix"):
        optical_matrix(np.array([[np.inf, 1.0]]))
