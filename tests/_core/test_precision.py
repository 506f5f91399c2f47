"""Scoped precision."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import pytest

from residuum._core import double_precision, in_double_precision


def test_the_scope_ends_where_it_ends() -> None:
    assert jax.config.values["jax_enable_x64"] is False
    with double_precision():
        assert jnp.ones(2).dtype == jnp.float64
        with double_precision():
            assert jnp.ones(2).dtype == jnp.float64
        assert jnp.ones(2).dtype == jnp.float64
    assert jnp.ones(2).dtype == jnp.float32
    assert jax.config.values["jax_enable_x64"] is False


def test_the_scope_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), double_precision():
        raise ZeroDivisionError
    assert jnp.ones(2).dtype == jnp.float32


def test_a_function_runs_inside() -> None:
    @in_double_precision
    def half(x: float, *, deep: bool = False) -> tuple[str, bool]:
        """Halve."""
        return str((jnp.asarray(x) / 2).dtype), deep

    assert half(1.0, deep=True) == ("float64", True)
    assert half.__name__ == "half" and half.__doc__ == "Halve."
    assert list(inspect.signature(half).parameters) == ["x", "deep"]
    assert jnp.ones(2).dtype == jnp.float32
