"""Operator splitting of monotone layers."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks.associative import (
    Held,
    PositivePart,
    Splitting,
    fixed_point,
    iterate,
    residual,
)

UNITS = 8
RANDOM = np.random.default_rng(17)
ROOT, TURN = RANDOM.normal(size=(UNITS, UNITS)), RANDOM.normal(size=(UNITS, UNITS))
WEIGHT = 0.8 * np.eye(UNITS) - ROOT.T @ ROOT + TURN - TURN.T
DRIVE = 2 * RANDOM.normal(size=(3, UNITS))


def free() -> Held:
    return Held.none(DRIVE.shape, jnp.float64)


@in_double_precision
def test_both_splittings_find_the_fixed_point_that_plain_iteration_misses() -> None:
    matrix = 0.2 * np.eye(UNITS) - 0.25 * ROOT.T @ ROOT + 0.7 * (TURN - TURN.T)
    weight, drive = jnp.asarray(matrix), jnp.asarray(DRIVE)
    answers = []
    for way in ("peaceman-rachford", "forward-backward"):
        rule = Splitting(way=way, most=20_000, tolerance=1e-10)
        z, spent = iterate(weight, drive, free(), rule)
        assert int(spent) < rule.most
        assert float(residual(weight, drive, free(), z, rule)) <= 1e-10
        answers.append(np.asarray(z))
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-8)
    plain = np.zeros_like(DRIVE)
    for _ in range(2000):
        plain = np.tanh(plain @ matrix.T + DRIVE)
    assert np.abs(plain - np.tanh(plain @ matrix.T + DRIVE)).max() > 0.1


@in_double_precision
def test_derivatives_are_those_of_the_equation() -> None:
    held = Held(jnp.zeros((3, UNITS), bool).at[:, :2].set(True), jnp.full((3, UNITS), 0.3))
    rule = Splitting(tolerance=1e-13, most=20_000)

    def answer(t: jax.Array) -> jax.Array:
        at = Held(held.where, held.value * (1.1 + 0.5 * t))
        return fixed_point(jnp.asarray(WEIGHT) * (1 + 0.1 * t), DRIVE + 0.2 + t, at, rule)

    def loss(t: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(answer(t)))

    value, slope, bend = jax.jit(loss), jax.jit(jax.grad(loss)), jax.jit(jax.grad(jax.grad(loss)))
    step = 1e-5
    for rule_of, wanted in ((value, slope), (slope, bend)):
        ends = [float(rule_of(jnp.asarray(0.3 + way * step))) for way in (1, -1)]
        # Central differences: errors of the square of the step, and of rounding over the step.
        assert float(wanted(jnp.asarray(0.3))) == pytest.approx(
            (ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-6
        )
    np.testing.assert_allclose(answer(jnp.asarray(0.3))[:, :2], 0.3 * 1.25)


@in_double_precision
def test_positive_parts_solve_an_obstacle_problem() -> None:
    # z = max(0, W z + p) with W = 1 - K is the complementarity K z ≥ p, z ≥ 0.
    count = 9
    stiff = 2 * np.eye(count) - np.eye(count, k=1) - np.eye(count, k=-1)
    drive = np.where(np.arange(count) < 5, 0.3, -0.4)[None]
    held = Held.none(drive.shape, jnp.float64)
    rule = Splitting(PositivePart(), tolerance=1e-11)
    z = np.asarray(fixed_point(jnp.asarray(np.eye(count) - stiff), jnp.asarray(drive), held, rule))
    slack = (z @ stiff - drive)[0]
    assert z.min() >= 0 and slack.min() > -1e-9 and np.abs(slack * z[0]).max() < 1e-9
    assert 0 < np.count_nonzero(z) < count


def test_running_out_is_an_error_not_a_number() -> None:
    rule = Splitting(most=2)
    with pytest.raises(eqx.EquinoxRuntimeError, match="fixed point was not found"):
        fixed_point(
            jnp.asarray(WEIGHT, jnp.float32),
            jnp.asarray(DRIVE, jnp.float32),
            Held.none(DRIVE.shape, jnp.float32),
            rule,
        )
    with pytest.raises(OptionError, match="Name one"):
        Splitting(way="douglas")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="tolerance above 0"):
        Splitting(tolerance=0.0)
