"""NumPy arrays as JAX arrays: values, precision, no shared memory, no compilation."""

from __future__ import annotations

import logging

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core._arrays import on_device


def test_it_is_what_jax_makes_of_an_array() -> None:
    for values in (np.arange(5), np.ones((2, 3), np.float32), np.zeros(4), np.ones(2, complex)):
        for double in (True, False):
            with jax.enable_x64(double):
                found, wanted = on_device(values), jnp.asarray(values)
                assert found.dtype == wanted.dtype and found.weak_type == wanted.weak_type
                np.testing.assert_array_equal(found, wanted)


def test_it_shares_no_memory() -> None:
    for n in range(1000, 1100):
        values = np.zeros(n)
        found = on_device(values)
        values[:] = 1
        assert np.asarray(found).max() == 0


def test_traced_values_pass() -> None:
    assert jax.jit(lambda x: on_device(x) + 1)(1.0) == 2.0


def test_a_new_shape_compiles_nothing(caplog: pytest.LogCaptureFixture) -> None:
    on_device(np.zeros(3))
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        on_device(np.zeros(12347))
    assert not caplog.records
