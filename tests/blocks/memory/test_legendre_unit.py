"""Legendre memory unit."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError, OptionError
from residuum.blocks.memory import fitted_legendre, legendre_unit, parameters


def delayed_pair(key: int, count: int = 6, time: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """A smooth signal, and itself 20 steps later at 0.7 of its size."""
    random = np.random.default_rng(key)
    cycles, phases = random.uniform(0.2, 2, (count, 6, 1)), random.uniform(0, 6.28, (count, 6, 1))
    moments = np.arange(-20, time)
    wave = np.sin(2 * np.pi * cycles * moments / 40 + phases).sum(axis=1) / np.sqrt(3)
    return wave[:, 20:, None], 0.7 * wave[:, :-20, None]


def test_a_delay_line_is_fitted_without_training() -> None:
    x, y = delayed_pair(5)
    unit = fitted_legendre(x[:, :, :], y, order=12, window=40.0)
    x, y = delayed_pair(6)
    found = np.asarray(unit(jnp.asarray(x, jnp.float32)))
    gap = found[:, 80:] - y[:, 80:]
    # Measured 0.036 of a signal of size 0.7.
    assert np.sqrt((gap**2).mean()) < 0.05
    assert parameters(unit) == 12 + 1 + 1


def test_every_weight_has_a_gradient() -> None:
    unit = legendre_unit(2, 3, 7, channels=2, order=4, window=9.0)
    x = jnp.asarray(np.random.default_rng(8).normal(size=(2, 15, 2)), jnp.float32)
    slope = eqx.filter_jit(eqx.filter_grad(lambda part: jnp.sum(part(x) ** 2)))(unit)
    for leaf in jax.tree.leaves(slope):
        assert np.isfinite(leaf).all() and np.abs(leaf).max() > 1e-3
    assert parameters(unit) == 2 * 2 + 2 + 8 * 3 + 2 * 3 + 3


def test_bad_data_are_refused() -> None:
    with pytest.raises(DataError, match="sequences"):
        fitted_legendre(np.zeros((2, 5, 1)), np.zeros((2, 4, 1)))
    with pytest.raises(DataError, match="finite"):
        fitted_legendre(np.full((2, 5, 1), np.nan), np.zeros((2, 5, 1)))
    with pytest.raises(OptionError, match="one or more"):
        legendre_unit(0, 1, 7)
