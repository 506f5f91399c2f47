from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Dense, Tanh, dense
from residuum.learning._activity import activity_of, affine_parts

FIRST, LAST = dense(3, 4, jax.random.key(3)), dense(4, 2, jax.random.key(5))


def test_blocks_tell_what_they_are_given_in_the_order_of_the_tree() -> None:
    x = jnp.asarray(np.random.default_rng(5).normal(size=(6, 5, 3)), jnp.float32)
    model = Chain((FIRST, Tanh(4), LAST))
    one, two = activity_of(model, x)
    assert one is not None and two is not None
    assert np.array_equal(one, x.reshape(30, 3))
    assert np.allclose(two, jnp.tanh(FIRST(x)).reshape(30, 4), atol=1e-6)
    assert [part.weight.shape for part in affine_parts(model)] == [(3, 4), (4, 2)]


class Mapped(eqx.Module):
    """Samples one at a time, compiled, and a block that is not called."""

    used: Dense
    unused: Dense

    def __call__(self, x: Any) -> Any:
        return jax.jit(jax.vmap(self.used))(x)


def test_compiled_and_mapped_code_tells_too() -> None:
    x = jnp.asarray(np.random.default_rng(5).normal(size=(6, 3)), jnp.float32)
    one, two = activity_of(Mapped(FIRST, LAST), x)
    assert one is not None and two is None
    # In any order: rows are what is learned from.
    assert np.allclose(np.sort(one, axis=0), np.sort(np.asarray(x), axis=0))


def test_a_model_without_dense_blocks_is_refused() -> None:
    with pytest.raises(OptionError, match="dense blocks"):
        activity_of(Tanh(3), jnp.ones((2, 3)))
