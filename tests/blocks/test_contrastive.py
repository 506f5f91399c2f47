from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Capability, Contrastive, Dense, Tanh, dense

KEY = jax.random.key(7)
FIXED = Dense(np.eye(6, dtype="f4"), np.zeros(6, "f4"))


def test_scores_are_the_mean_goodness_of_every_label() -> None:
    first, last = dense(6, 4, KEY), dense(4, 2, KEY)
    x = jnp.asarray(np.random.default_rng(31).normal(size=(3, 4)), jnp.float32)
    model = Contrastive((FIXED, first, Tanh(4), last), 2, strength=1.5, goodness="square")
    assert model.learning == (False, True, False, True)
    assert model.capabilities == {Capability.PARAM_VJP}
    for label in range(2):
        code = jnp.zeros((3, 2)).at[:, label].set(1.5)
        one = first(jnp.concatenate([x, code], axis=1))
        two = last(jnp.tanh(one / jnp.linalg.norm(one, axis=1, keepdims=True)))
        wanted = 0.5 * ((one**2).mean(1) + (two**2).mean(1))
        assert np.allclose(model(x)[:, label], wanted, rtol=1e-4)


def test_a_cosine_ignores_the_size_of_an_answer() -> None:
    last = dense(6, 4, KEY)
    big = Dense(7 * jnp.asarray(last.weight), 7 * jnp.asarray(last.bias))
    x = jnp.ones((2, 4))
    assert np.allclose(Contrastive((last,), 2)(x), Contrastive((big,), 2)(x), atol=1e-5)
    assert float(abs(Contrastive((last,), 2)(x)).max()) <= 1.0


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(OptionError, match="two classes"):
        Contrastive((dense(3, 3, KEY),), 1)
    with pytest.raises(OptionError, match="trained"):
        Contrastive((FIXED,), 2)
