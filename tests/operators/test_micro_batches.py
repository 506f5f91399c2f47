"""Small batches: the same loss and gradient as in one piece."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import OptionError
from residuum.operators import FNO, GridFrame, MicroBatches, Operator, answers, value_and_gradient

OPERATOR = FNO(modes=3, width=4, layers=1).build(GridFrame(1, 1, (8,), (1.0,), ("wrap",)), 7)
RANDOM = np.random.default_rng(79)
X, Y = (jnp.asarray(RANDOM.normal(size=(5, 8, 1)), jnp.float32) for _ in range(2))


def loss(operator: Operator, inputs: Array, wanted: Array) -> Array:
    return ((operator(inputs) - wanted) ** 2).mean()


@pytest.mark.parametrize(("micro", "looped"), [(2, True), (2, False), (None, True)])
def test_pieces_add_up(micro: int | None, looped: bool) -> None:
    value, slope = MicroBatches(loss, micro=micro, looped=looped)(OPERATOR, X, Y)
    wanted, whole = eqx.filter_value_and_grad(loss)(OPERATOR, X, Y)
    assert float(value) == pytest.approx(float(wanted), rel=1e-5)
    for found, right in zip(jax.tree.leaves(slope), jax.tree.leaves(whole), strict=True):
        np.testing.assert_allclose(found, right, atol=1e-5)


def test_two_streams_add_up() -> None:
    twice = [jax.devices()[0]] * 2
    value, _ = MicroBatches(loss, micro=1, devices=twice)(OPERATOR, X, Y)
    alone, _ = value_and_gradient(loss, OPERATOR, X, Y, micro=2)
    assert float(value) == pytest.approx(float(alone), rel=1e-5)


def test_answers_in_pieces() -> None:
    np.testing.assert_allclose(answers(OPERATOR, X, micro=2), OPERATOR(X), atol=1e-6)


def test_batches_are_checked() -> None:
    with pytest.raises(OptionError, match="as many samples"):
        value_and_gradient(loss, OPERATOR, X, Y[:3])
    with pytest.raises(OptionError, match="at a time"):
        MicroBatches(loss, micro=0)
    with pytest.raises(OptionError, match="at a time"):
        answers(OPERATOR, X, micro=0)
