"""Groups of stages, and heads on their states."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Tanh, dense
from residuum.learning.rules._groups import features_of, groups, head


def test_stages_without_parameters_go_with_the_one_before() -> None:
    layer = dense(2, 2, jax.random.key(5))
    stages = (Tanh(2), layer, Tanh(2), layer, layer, Tanh(2))
    assert groups(stages, 1) == [(0, 3), (3, 4), (4, 6)]
    assert groups(stages, 2) == [(0, 4), (4, 6)]
    assert groups(stages, None) == groups(stages, 3) == [(0, 6)]
    assert groups(Chain((layer,)).stages(), 1) == [(0, 1)]


def test_heads_give_what_stands_at_the_end() -> None:
    key = jax.random.key(5)
    for state, end in [
        ((4, 3), (4, 2)),
        ((4, 8, 3), (4, 8, 2)),
        ((4, 4, 3), (4, 8, 2)),
        ((4, 8, 3), (4, 5, 8, 2)),
    ]:
        found = head(jnp.zeros(state), jnp.zeros(end), key)(jnp.ones(state), jnp.zeros(end))
        assert found.shape == end
    assert features_of((jnp.ones(2), jnp.ones(3))).shape == (2,)


def test_a_state_without_features_is_refused() -> None:
    with pytest.raises(OptionError, match="features"):
        head(jnp.zeros((4, 8, 8, 3)), jnp.zeros((4, 2)), jax.random.key(5))
