"""Maps at every node: values and gradients equal JAX's own."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks import Gate, Gelu, Pointwise, pointwise

X = jnp.asarray(np.random.default_rng(71).normal(size=(2, 3, 4, 5)), jnp.float32)


def test_gradients_equal_those_of_jax() -> None:
    made = pointwise(5, 3, jax.random.key(73))
    assert made.signature.linear

    def gradients(function: Any) -> Any:
        return jax.grad(lambda *a: jnp.sin(function(*a)).sum(), (0, 1, 2))(
            X, made.weight, made.bias
        )

    own = gradients(lambda x, w, b: Pointwise(w, b)(x))
    for found, wanted in zip(own, gradients(lambda x, w, b: x @ w + b), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_gates() -> None:
    factor = jnp.arange(5.0)
    found = jax.grad(lambda x, f: jnp.sin(Gate(f)(x)).sum(), (0, 1))(X, factor)
    wanted = jax.grad(lambda x, f: jnp.sin(x * f).sum(), (0, 1))(X, factor)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert Gate(factor).signature.linear


def test_gelu_is_the_exact_one() -> None:
    x = jnp.linspace(-6.0, 6.0, 401)
    # Two roundings of numbers below six.
    np.testing.assert_allclose(Gelu(1)(x), jax.nn.gelu(x, approximate=False), atol=1e-6)
