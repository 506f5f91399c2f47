"""A device whose derivative by its input is measured by forward runs."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Tanh, dense
from residuum.blocks._abstract import is_trained
from residuum.blocks.physical import (
    BlackBox,
    MeasuredResponse,
    MediumPlan,
    NotDifferentiable,
    drifted,
    noisy,
    wave_medium,
)
from residuum.learning import Supervised

PLAN = MediumPlan((20, 14), speakers=2, microphones=5, frequencies=(0.08, 0.12), steps=60)
MEDIUM = wave_medium(PLAN, key=7)
BENT = Chain((dense(4, 5, jax.random.key(5)), Tanh(5)))
X = jnp.asarray(np.random.default_rng(5).normal(size=(6, 4)), jnp.float32)


def slope(block, x):  # type: ignore[no-untyped-def]
    weights = jnp.arange(1.0, 6.0)
    return jax.grad(lambda x: ((block(x) * weights) ** 2).sum())(x)


def test_its_gradient_is_that_of_the_twin_without_asking_the_device_for_one() -> None:
    device = MeasuredResponse(BlackBox(MEDIUM))
    np.testing.assert_allclose(device(X), MEDIUM(X), rtol=1e-6)
    true, found = np.asarray(slope(MEDIUM, X)), np.asarray(jax.jit(slope)(device, X))
    # Central differences with a step of 0.05 on inputs of size one: measured 1.1e-3.
    assert np.linalg.norm(found - true) < 2e-3 * np.linalg.norm(true)
    assert device.signature == MEDIUM.signature
    assert not any(map(is_trained, jax.tree.leaves(device)))


def test_the_difference_is_of_second_order_in_the_step() -> None:
    with jax.enable_x64(True):
        block = Chain((dense(4, 5, jax.random.key(5)), Tanh(5)))
        x = jnp.asarray(X, jnp.float64)
        true = np.asarray(slope(block, x))
        errors = [
            np.linalg.norm(np.asarray(slope(MeasuredResponse(block, step), x)) - true)
            for step in (0.1, 0.05)
        ]
    assert 3.9 < errors[0] / errors[1] < 4.1


def test_what_comes_before_a_black_box_is_trained_and_trained_again_after_a_drift() -> None:
    draw = np.random.default_rng(11).normal
    x = draw(size=(120, 3)).astype("f4")
    y = (x[:, 0] > x[:, 1]).astype(int)
    keys = jax.random.split(jax.random.key(5))

    def model(medium, into, out):  # type: ignore[no-untyped-def]
        return Chain((into, MeasuredResponse(BlackBox(medium)), out))

    how = Supervised(loss="cross_entropy", epochs=12, batch=40, rate=3e-2)
    start = model(MEDIUM, dense(3, 4, keys[0]), dense(5, 2, keys[1]))
    learnt = how.train(start, (x, y), key=7)
    before = learnt.model.blocks[0].weight
    assert np.abs(np.asarray(before - start.blocks[0].weight)).max() > 1e-2
    # The random start has 0.98, chance 0.69; measured 0.58.
    assert learnt.losses[-3:].mean() < 0.62
    moved = model(drifted(MEDIUM, 13, 0.1), learnt.model.blocks[0], learnt.model.blocks[2])
    again = how.train(moved, (x, y), key=7)
    assert again.losses[-3:].mean() < again.losses[0]


def test_noise_on_readings_asks_for_a_larger_step() -> None:
    true = np.asarray(slope(BENT, X))
    device = noisy(BlackBox(BENT), 3, relative=0.02)

    def error(step: float) -> float:
        found = np.asarray(slope(MeasuredResponse(device, step), X))
        return float(np.linalg.norm(found - true) / np.linalg.norm(true))

    assert error(0.3) < 0.5 * error(0.02)


def test_a_second_derivative_and_a_step_of_zero_are_refused() -> None:
    device = MeasuredResponse(BlackBox(BENT))
    with pytest.raises(NotDifferentiable):
        jax.hessian(lambda x: device(x[None])[0, 0])(X[0])
    with pytest.raises(OptionError, match="above 0"):
        MeasuredResponse(BENT, 0.0)
    with pytest.raises(OptionError, match="finite"):
        MeasuredResponse(BENT, float("inf"))
    assert eqx.filter_jit(device)(X).shape == (6, 5)
