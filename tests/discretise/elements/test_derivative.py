"""A NumPy function inside JAX: values, both modes, batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.discretise.elements._derivative import traced

TABLE = np.random.default_rng(113).normal(size=(4, 3))
PLACE = np.array([0.3, -0.7, 1.1])


@final
class _Sines:
    """m to sin(A m), and how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def solved(self, numbers: np.ndarray) -> np.ndarray:
        return np.sin(TABLE @ numbers)

    def pushed(self, numbers: np.ndarray, change: np.ndarray) -> np.ndarray:
        self.calls += 1
        return np.cos(TABLE @ numbers) * (change @ TABLE.T)

    def pulled(self, numbers: np.ndarray, weights: np.ndarray) -> np.ndarray:
        self.calls += 1
        return (weights * np.cos(TABLE @ numbers)) @ TABLE


def plain(m: jax.Array) -> jax.Array:
    """Return the same function, by JAX itself."""
    return jnp.sin(jnp.asarray(TABLE) @ m)


def test_every_transformation_gives_what_jax_gives() -> None:
    with double_precision():
        ours = traced(_Sines(), 4, 3)
        m = jnp.asarray(PLACE)
        many = jnp.stack([m, 2 * m])
        pairs = [
            (f(ours), f(plain))
            for f in (
                lambda g: g(m),
                lambda g: jax.jit(g)(m),
                lambda g: jax.grad(lambda n: (g(n) ** 2).sum())(m),
                lambda g: jax.jvp(g, (m,), (m,))[1],
                lambda g: jax.jacfwd(g)(m),
                lambda g: jax.jacrev(g)(m),
                lambda g: jax.jit(jax.jacrev(g))(m),
                lambda g: jax.vmap(g)(many),
                lambda g: jax.vmap(jax.jacrev(g))(many),
                lambda g: jax.vmap(lambda n: jax.jvp(g, (n,), (m,))[1])(many),
                lambda g: jax.linear_transpose(jax.linearize(g, m)[1], m)(g(m))[0],
            )
        ]
        for found, wanted in pairs:
            np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("mode", [jax.jacfwd, jax.jacrev])
def test_a_jacobian_is_one_call(mode: Callable[..., Any]) -> None:
    function = _Sines()
    mode(traced(function, 4, 3))(jnp.asarray(PLACE))
    assert function.calls == 1


def test_no_second_derivative_is_claimed() -> None:
    with pytest.raises(OptionError, match="second ones"):
        jax.hessian(lambda m: traced(_Sines(), 4, 3)(m).sum())(jnp.asarray(PLACE))
