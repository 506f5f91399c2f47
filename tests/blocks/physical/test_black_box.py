"""A block that can be run but not differentiated."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum.blocks import Dense, dense
from residuum.blocks._abstract import is_trained
from residuum.blocks.physical import BlackBox, NotDifferentiable

INSIDE = dense(3, 2, jax.random.key(7))
BOX = BlackBox(INSIDE)
X = jnp.asarray(np.random.default_rng(5).normal(size=(4, 3)), jnp.float32)


def test_it_gives_what_the_block_gives_under_every_transformation_but_one() -> None:
    wanted = np.asarray(INSIDE(X))
    for found in (
        BOX(X),
        eqx.filter_jit(lambda box, x: box(x))(BOX, X),
        jax.vmap(lambda row: BOX(row[None])[0])(X),
        jax.lax.scan(lambda c, row: (c, BOX(row[None])[0]), 0, X)[1],
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert BOX.signature == INSIDE.signature and BOX.capabilities == frozenset()
    assert not any(map(is_trained, jax.tree.leaves(BOX)))


def total(x: Array) -> Array:
    return BOX(x).sum()


@pytest.mark.parametrize(
    "derivative",
    [
        lambda: jax.grad(total)(X),
        lambda: jax.jit(jax.grad(total))(X),
        lambda: jax.jvp(total, (X,), (X,)),
        lambda: jax.grad(
            lambda x: jax.lax.scan(lambda c, _: (BOX(c) @ jnp.ones((2, 3)), 0), x, None, 2)[0].sum()
        )(X),
        lambda: eqx.filter_grad(lambda first: total(first(X)))(dense(3, 3, jax.random.key(5))),
    ],
    ids=["reverse", "compiled", "forward", "loop", "before"],
)
def test_a_derivative_through_it_is_refused(derivative) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotDifferentiable, match="a black box around Dense"):
        derivative()


def test_a_derivative_of_somebody_elses_rule_is_refused_too() -> None:
    @jax.custom_jvp
    def read(x: Array) -> Array:
        return total(x)

    @read.defjvp
    def slope(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
        return read(*primals), (BOX(primals[0] + 0.1) * BOX(tangents[0])).sum()

    with pytest.raises(NotDifferentiable):
        jax.hessian(read)(X)


def test_a_derivative_of_what_follows_it_passes() -> None:
    after = dense(2, 1, jax.random.key(9))

    def loss(last: Dense) -> Array:
        return (last(BOX(X)) ** 2).sum()

    found = eqx.filter_grad(loss)(after)
    wanted = 2 * BOX(X).T @ after(BOX(X))
    np.testing.assert_allclose(found.weight, wanted, rtol=1e-5)
    cut = jax.grad(lambda x: total(jax.lax.stop_gradient(x)) + (x**2).sum())(X)
    np.testing.assert_allclose(cut, 2 * X)
