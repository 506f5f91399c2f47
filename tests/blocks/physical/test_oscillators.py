"""Chains of Duffing oscillators."""

from __future__ import annotations

import math
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError, in_double_precision
from residuum.blocks.physical import OscillatorChain, oscillator_chain

CHAIN = oscillator_chain(4, key=7)


@eqx.filter_jit
def run(chain: OscillatorChain, x: Array) -> Array:
    return chain(x)


def test_weak_forces_give_the_amplitudes_of_the_linear_chain() -> None:
    force = np.array([1.0, -0.5, 0.2, 0.7]) * 1e-3
    omega, zeta, kappa = float(CHAIN.frequency), float(CHAIN.damping), float(CHAIN.coupling)
    neighbours = np.eye(4, k=1) + np.eye(4, k=-1) - 2 * np.eye(4)
    matrix = np.diag(CHAIN.stiffness - omega**2 + 2j * zeta * omega) - kappa * neighbours
    wanted = np.abs(np.linalg.solve(matrix, force))
    found = np.asarray(run(CHAIN, jnp.asarray(force[None], jnp.float32)))[0]
    # What is left of the start is e^{-4}, squared where it is out of step with the drive.
    np.testing.assert_allclose(found, wanted, rtol=0.03)


@in_double_precision
def test_one_oscillator_follows_the_bent_resonance() -> None:
    chain = oscillator_chain(1, key=7, coupling=0.0, damping=0.1)
    chain = replace(chain, settle=24 * 60)
    force = 0.3
    amplitude = float(run(chain, jnp.asarray([[force]]))[0, 0])
    # Harmonic balance: ((ω₀² - ω² + ¾ β A²)² + (2ζω)²) A² = F²; the third harmonic is left out.
    stiffness, omega = float(chain.stiffness[0]), float(chain.frequency)
    bend = stiffness - omega**2 + 0.75 * float(chain.cubic) * amplitude**2
    balance = amplitude * math.hypot(bend, 2 * float(chain.damping) * omega)
    assert balance == pytest.approx(force, rel=0.05)


def test_amplitudes_are_not_proportional_where_forces_are_strong() -> None:
    pair = jnp.asarray([[0.01] * 4, [0.3] * 4], jnp.float32)
    found = np.asarray(run(CHAIN, pair) / pair)
    assert np.all(found[1] < 0.95 * found[0])


@in_double_precision
def test_gradients_are_those_of_differences() -> None:
    short = replace(CHAIN, settle=20, read=29)
    x = jnp.asarray([[0.2, -0.1, 0.3, 0.1]])
    toward = jnp.asarray([[1.0, 2.0, -1.0, 0.5]])

    def value(x: Array) -> Array:
        return (short(x) ** 2).sum()

    slope = jax.jit(jax.grad(value))(x)
    go = jax.jit(value)
    wanted = (go(x + 1e-5 * toward) - go(x - 1e-5 * toward)) / 2e-5
    assert float((slope * toward).sum()) == pytest.approx(float(wanted), rel=1e-7)


def test_rest_stays_rest_with_a_finite_gradient() -> None:
    short = replace(CHAIN, settle=2, read=7)
    still = jnp.zeros((1, 4))
    assert float(jnp.abs(short(still)).max()) < 1e-8
    assert np.isfinite(jax.grad(lambda x: short(x).sum())(still)).all()


def test_what_it_cannot_compute_is_refused() -> None:
    with pytest.raises(OptionError, match="a step of at most"):
        replace(CHAIN, step=3.0).check()
    with pytest.raises(OptionError, match="stiffness above 0"):
        replace(CHAIN, stiffness=-CHAIN.stiffness).check()
    with pytest.raises(OptionError, match=r"\(n, 4\)"):
        CHAIN(jnp.ones((2, 3)))
    with pytest.raises(OptionError):
        oscillator_chain(0, key=7)
