"""The last stage is solved for, behind whatever stands before it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Tanh, dense
from residuum.learning.rules import ReadoutOnly
from tests.contracts.test_gradient_rule import BlackBox


def test_a_black_box_in_front_is_only_called() -> None:
    draw = np.random.default_rng(83).normal
    x, last = jnp.asarray(draw(size=(60, 4)), jnp.float32), dense(4, 2, jax.random.key(5))
    weight = draw(size=(4, 2)).astype(np.float32)
    target = jnp.sin(x) @ weight + 0.5
    stages = (BlackBox(), last)
    rule = ReadoutOnly(ridge=0.0)
    rule.check(stages)
    change = rule.solved(stages, [(x[:30], target[:30]), (x[30:], target[30:])])
    np.testing.assert_allclose(last.weight + change.weight, weight, atol=1e-4)
    np.testing.assert_allclose(last.bias + change.bias, 0.5, atol=1e-4)
    small = ReadoutOnly(ridge=1e6).solved(stages, [(x, target)])
    assert float(abs(last.weight + small.weight).max()) < 1e-3  # the weights, not their change


def test_a_last_stage_that_is_not_affine_or_too_wide_is_refused() -> None:
    with pytest.raises(OptionError, match="affine"):
        ReadoutOnly().check((dense(3, 3, jax.random.key(5)), Tanh(3)))
    wide = dense(100, 50, jax.random.key(5))
    with pytest.raises(OptionError, match="4,096"):
        ReadoutOnly().solved((wide,), [(jnp.ones((2, 100)), jnp.ones((2, 50)))])
    with pytest.raises(OptionError):
        ReadoutOnly(ridge=-1.0)
