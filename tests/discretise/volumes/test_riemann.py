"""Tests of approximate Riemann solvers."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.discretise.volumes import HLL, Riemann, Rusanov

RANDOM = np.random.default_rng(31)
EVERY: list[Riemann] = [HLL(), Rusanov()]


@pytest.mark.parametrize("solver", EVERY, ids=str)
@in_double_precision
def test_equal_states_give_their_own_flux(solver: Riemann) -> None:
    state, flux = (jnp.asarray(a) for a in RANDOM.normal(size=(2, 3, 50)))
    low, high = (jnp.asarray(a) for a in np.sort(RANDOM.normal(size=(2, 50)), axis=0))
    found = solver((state, state), (flux, flux), (low, high))
    np.testing.assert_allclose(found, flux, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("solver", EVERY, ids=str)
@in_double_precision
def test_mirrored_states_give_the_mirrored_flux(solver: Riemann) -> None:
    u, v, f, g = (jnp.asarray(a) for a in RANDOM.normal(size=(4, 2, 50)))
    low, high = (jnp.asarray(a) for a in np.sort(RANDOM.normal(size=(2, 50)), axis=0))
    found = solver((u, v), (f, g), (low, high))
    mirrored = solver((v, u), (-g, -f), (-high, -low))
    np.testing.assert_allclose(found, -mirrored, rtol=1e-12, atol=1e-13)


@in_double_precision
def test_all_waves_to_one_side_is_upwind() -> None:
    u, v, f, g = (jnp.asarray(a) for a in RANDOM.normal(size=(4, 2, 9)))
    low, high = jnp.full(9, 0.5), jnp.full(9, 2.0)
    np.testing.assert_allclose(HLL()((u, v), (f, g), (low, high)), f, rtol=1e-13)
    np.testing.assert_allclose(HLL()((u, v), (f, g), (-high, -low)), g, rtol=1e-13)


@in_double_precision
def test_what_does_not_move_has_the_mean_flux() -> None:
    zero = jnp.zeros(1)
    for solver in EVERY:
        found = solver((zero[None], zero[None] + 1), (zero[None], zero[None]), (zero, zero))
        np.testing.assert_array_equal(found, [[0.0]])


@in_double_precision
def test_rusanov_adds_more_diffusion() -> None:
    u, v, still = jnp.zeros((1, 1)), jnp.ones((1, 1)), jnp.zeros((1, 1))
    speeds = (jnp.asarray([-0.1]), jnp.asarray([1.0]))
    flux = [float(s((u, v), (still, still), speeds)[0, 0]) for s in EVERY]
    # Without a flux of its own the jump gives s_L s_R / (s_R - s_L), and -s/2 for speeds ±s.
    assert flux == pytest.approx([-0.1 / 1.1, -0.5], rel=1e-14)
