"""Stages: what they can do, one after another, kept or computed again."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from residuum.blocks import (
    Capability,
    Chain,
    Checkpointed,
    Composed,
    Gelu,
    Rescale,
    Stage,
    Step,
    Tanh,
    checkpointed,
    dense,
    run,
)

X = jnp.asarray(np.random.default_rng(61).normal(size=(5, 3)), jnp.float32)


def chain() -> Chain:
    first, second = jax.random.split(jax.random.key(5))
    inner = Chain((Tanh(4), dense(4, 2, second)))
    return Chain((dense(3, 4, first), inner))


def doubled(parts: jax.Array, state: jax.Array, shift: float) -> jax.Array:
    return 2 * state * parts + shift


def test_blocks_say_what_they_can_do() -> None:
    first, active, _ = chain().stages()
    both = {Capability.PARAM_VJP, Capability.INPUT_VJP}
    assert first.capabilities == both | {Capability.TRANSPOSE}
    assert active.capabilities == both | {Capability.ELEMENTWISE} == Gelu(3).capabilities
    assert chain().capabilities == both
    assert Step(jnp.ones(3), doubled, (1.0,)).capabilities == both
    assert (
        Capability.ELEMENTWISE in Step(jnp.ones(3), doubled, (1.0,), elementwise=True).capabilities
    )


def test_a_model_is_the_composition_of_its_stages() -> None:
    model = chain()
    assert [type(stage).__name__ for stage in model.stages()] == ["Dense", "Tanh", "Dense"]
    whole = Composed((model, Step(jnp.asarray(3.0), doubled, (1.0,), affine=True)))
    assert len(whole.stages()) == 4
    np.testing.assert_array_equal(run(whole.stages(), X), whole(X))
    np.testing.assert_array_equal(whole(X), 6 * model(X) + 1)


def test_the_gradient_is_the_same_where_states_are_computed_again() -> None:
    model = chain()

    def loss(stages: tuple[Stage, ...]) -> jax.Array:
        return (run(stages, X) ** 2).sum()

    plain = eqx.filter_grad(loss)(model.stages())
    again = checkpointed(model.stages())
    assert all(isinstance(stage, Checkpointed) for stage in again)
    assert again[0].capabilities == model.stages()[0].capabilities
    for a, b in zip(
        jax.tree.leaves(plain), jax.tree.leaves(eqx.filter_grad(loss)(again)), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_what_is_rescaled_can_be_undone() -> None:
    stage = Rescale(np.array([1.0, -2.0, 0.5]), np.array([3.0, 0.5, 1.0]))
    assert Capability.INVERSE in stage.capabilities
    np.testing.assert_allclose(stage.inverse(stage(X)), X, atol=1e-6)
