"""Newton's method inside compiled programs: accuracy, derivatives, honest failure."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import double_precision
from residuum.discretise.ode import root


def test_root_and_its_derivatives() -> None:
    with double_precision():

        def square_root(a: jax.Array) -> jax.Array:
            return root(lambda x: x**2 - a, jnp.asarray([1.2]))[0]

        a = jnp.asarray(2.0)
        value, first = jax.value_and_grad(square_root)(a)
        second = jax.grad(jax.grad(square_root))(a)
        forward = jax.jacfwd(square_root)(a)
    assert float(value) == pytest.approx(2**0.5, rel=1e-15)
    assert float(first) == pytest.approx(0.5 / 2**0.5, rel=1e-14)
    assert float(second) == pytest.approx(-0.25 / 2**1.5, rel=1e-13)
    assert float(forward) == pytest.approx(float(first), rel=1e-15)


def test_system_under_vmap() -> None:
    with double_precision():
        shifts = jnp.linspace(0.5, 2.0, 5)

        def solve(s: jax.Array) -> jax.Array:
            return root(lambda x: jnp.stack([x[0] * x[1] - s, x[0] - x[1]]), jnp.ones(2))

        found = np.asarray(jax.vmap(solve)(shifts))
    np.testing.assert_allclose(found, np.sqrt(np.asarray(shifts))[:, None] * [1, 1], rtol=1e-14)


def test_no_root_is_not_a_number() -> None:
    with double_precision():
        assert np.isnan(np.asarray(root(lambda x: x**2 + 1.0, jnp.asarray([0.3])))).all()
