"""Proximal activations."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks.associative import OccupationMean, PositivePart, ProximalActivation, SpinMean

SMOOTH = [SpinMean(), OccupationMean()]
V = np.linspace(-1.2, 1.2, 33)
# Beyond, at the smallest step, z is a sign to rounding and its penalty has no slope.


@pytest.mark.parametrize("sigma", SMOOTH, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("alpha", [0.05, 0.6, 1.0, 3.0])
@in_double_precision
def test_the_proximal_map_minimises(sigma: ProximalActivation, alpha: float) -> None:
    z = sigma.prox(jnp.asarray(V), alpha)
    slope = jax.grad(lambda z: sigma.penalty(z).sum())(z)
    np.testing.assert_allclose(z + alpha * slope, V, atol=1e-9)


@pytest.mark.parametrize("sigma", [*SMOOTH, PositivePart()], ids=lambda s: type(s).__name__)
@in_double_precision
def test_the_activation_is_its_own_proximal_map(sigma: ProximalActivation) -> None:
    v = jnp.asarray(V)
    np.testing.assert_allclose(sigma.prox(v, 1.0), sigma.value(v), atol=1e-12)
    slope = jax.grad(lambda v: sigma.value(v).sum())(v + 1e-3)
    np.testing.assert_allclose(sigma.slope(sigma.value(v + 1e-3)), slope, atol=1e-12)


@in_double_precision
def test_penalties_are_finite_at_their_ends_and_infinite_outside() -> None:
    ends = jnp.array([-1.0, 1.0])
    np.testing.assert_allclose(SpinMean().penalty(ends), np.log(2) - 0.5)
    np.testing.assert_allclose(OccupationMean().penalty(jnp.array([0.0, 1.0])), [0.0, -0.5])
    assert PositivePart().penalty(ends).tolist() == [np.inf, 0.0]
