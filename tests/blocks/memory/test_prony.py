"""Prony series."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError, OptionError
from residuum.blocks.memory import PronySeries, fitted_prony


def test_a_series_is_found_again() -> None:
    true = PronySeries(np.array([3.0, 30.0]), np.array([-0.4, -0.5]), np.array([1.0]))
    x = np.random.default_rng(5).normal(size=(2, 200, 1))
    y = np.asarray(true(jnp.asarray(x, jnp.float32)))
    found = fitted_prony(x, y, np.array([1.0, 3.0, 10.0, 30.0]), signs=(1, -1))
    # Float32 sequences.
    np.testing.assert_allclose(found.gains, [0, -0.4, 0, -0.5], atol=1e-4)
    np.testing.assert_allclose(found.instant, [1.0], atol=1e-4)


def test_a_step_of_strain_relaxes() -> None:
    series = PronySeries(np.array([10.0]), np.array([-0.6]), np.array([1.0]))
    y = np.asarray(series(jnp.ones((1, 100, 1))))[0, :, 0]
    np.testing.assert_allclose(y, 1 - 0.6 * (1 - np.exp(-np.arange(1, 101) / 10)), atol=1e-5)


def test_bad_data_are_refused() -> None:
    x = np.zeros((1, 5, 1))
    with pytest.raises(DataError, match="two arrays"):
        fitted_prony(x, x[:, :4], np.array([1.0]))
    with pytest.raises(DataError, match="finite"):
        fitted_prony(x, x + np.inf, np.array([1.0]))
    with pytest.raises(OptionError, match="times above zero"):
        fitted_prony(x, x, np.array([0.0]))
