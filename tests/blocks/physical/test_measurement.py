"""Noise on readings, and readings that make no sense."""

from __future__ import annotations

from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.blocks import Block, Signature
from residuum.blocks.physical import BadReading, Guarded, ReadingWarning, noisy


@final
class Meter(Block):
    """Reads its input, and no number above 9."""

    @property
    def signature(self) -> Signature:
        return Signature(3, 3)

    def __call__(self, x: Array) -> Array:
        return jnp.where(x > 9, jnp.nan, x)


X = jnp.asarray([[0.1, 0.5, 0.9], [0.2, 0.3, 0.4]])
BAD = jnp.asarray([[0.1, 20.0, -4.0], [0.2, 0.3, 3.0]])


def test_noise_is_the_stated_one_and_the_same_for_the_same_reading() -> None:
    many = jnp.full((4000, 3), 2.0)
    found = np.asarray(noisy(Meter(), 7, relative=0.05, absolute=0.0)(many))
    # 12,000 numbers: known to 0.65 % of itself, four of them.
    assert found.std() == pytest.approx(0.1, rel=0.026)
    plain = np.asarray(noisy(Meter(), 7, relative=0.0, absolute=0.3)(many))
    assert plain.std() == pytest.approx(0.3, rel=0.026)
    device = noisy(Meter(), 7)
    np.testing.assert_array_equal(device(X), device(X))
    np.testing.assert_allclose(eqx.filter_jit(lambda d, x: d(x))(device, X), device(X), rtol=1e-6)
    assert np.all(np.asarray(device(X)) != np.asarray(device.renewed(9)(X)))
    assert np.all(np.asarray(device(X) / X) != np.asarray(device(2 * X) / (2 * X)))


def test_sane_readings_pass_untouched_with_their_gradient() -> None:
    for bad in BadReading:
        guard = Guarded(Meter(), 0.0, 1.0, bad)
        np.testing.assert_array_equal(guard(X), X)
        slope = jax.jit(jax.grad(lambda x, guard=guard: guard(x).sum()))(X)
        np.testing.assert_array_equal(slope, 1 + 0 * X)


def test_bad_readings_are_refused_with_their_number() -> None:
    guard = Guarded(Meter(), 0.0, 1.0)
    with pytest.raises(OptionError, match=r"readings of Meter between 0 and 1; got 3 of 6"):
        guard(BAD)
    with pytest.raises(Exception, match=r"readings of Meter between 0 and 1"):
        eqx.filter_jit(lambda g, x: g(x))(guard, BAD).block_until_ready()


def test_bad_readings_are_recovered_with_a_warning() -> None:
    guard = Guarded(Meter(), 0.0, 1.0, BadReading.RECOVER)
    with pytest.warns(ReadingWarning, match="3 readings of Meter"):
        found = guard(BAD)
        jax.effects_barrier()
    np.testing.assert_allclose(found, [[0.1, 0.5, 0.0], [0.2, 0.3, 1.0]])
    with pytest.warns(ReadingWarning):
        slope = jax.grad(lambda x: guard(x).sum())(BAD)
        jax.effects_barrier()
    assert np.isfinite(slope).all()


def test_ranges_and_deviations_are_checked() -> None:
    with pytest.raises(OptionError, match="a finite range"):
        Guarded(Meter(), 1.0, 0.0)
    with pytest.raises(OptionError, match="deviations from 0"):
        noisy(Meter(), 7, relative=-1.0)
