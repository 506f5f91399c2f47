from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import in_double_precision
from residuum.blocks import Capability, DiffusionReaction, FixedPoint, Force, Newton


class Shifted(Force):
    """(u + 1)² = θ x."""

    theta: Array

    @property
    def sizes(self) -> tuple[int, int]:
        return 1, 1

    def __call__(self, u: Array, x: Array) -> Array:
        return self.theta * x - (u + 1) ** 2


@in_double_precision
def test_value_and_derivatives_of_two_orders_are_the_known_ones() -> None:
    x = jnp.array([[0.5], [2.0]])

    def total(theta: Array) -> Array:
        return FixedPoint(Shifted(theta), Newton(1e-13))(x).sum()

    theta = jnp.asarray(1.3)
    wanted = np.sqrt(1.3 * np.array([0.5, 2.0]))
    assert float(total(theta)) == pytest.approx((wanted - 1).sum(), rel=1e-12)
    assert float(jax.grad(total)(theta)) == pytest.approx((wanted / 2.6).sum(), rel=1e-11)
    second = jax.jvp(jax.grad(total), (theta,), (jnp.ones(()),))[1]
    assert float(second) == pytest.approx((-wanted / (4 * 1.3**2)).sum(), rel=1e-10)


def test_a_search_that_fails_raises_at_a_call_and_is_reported_by_solve() -> None:
    block = FixedPoint(Shifted(jnp.asarray(1.0)))
    x = jnp.array([[1.0], [-3.0]])  # no real zero for the second row
    root = block.solve(x)
    assert root.sound.tolist() == [True, False] and np.isfinite(root.value).all()
    for call in (block, eqx.filter_jit(block)):
        with pytest.raises(RuntimeError, match="fixed point"):
            jax.block_until_ready(call(x))


@in_double_precision
def test_a_push_is_a_force_and_may_be_complex() -> None:
    block = FixedPoint(Shifted(jnp.asarray(1.0)), Newton(1e-12))
    x = jnp.array([[1.0]])
    root = block.solve(x, push=jnp.array([[0.3j]]), start=jnp.zeros((1, 1)))
    assert np.allclose(root.value, np.sqrt(1 + 0.3j) - 1, atol=1e-12)


def test_it_can_be_solved_under_a_nudge_and_says_so() -> None:
    block = FixedPoint(DiffusionReaction(jnp.zeros(9)))
    assert Capability.SOLVE in block.capabilities
    assert (block.signature.inputs, block.signature.outputs) == (8, 8)
