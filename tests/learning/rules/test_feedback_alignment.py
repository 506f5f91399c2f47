"""Direct feedback alignment: what each group hears, and that the model turns towards it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Step
from residuum.learning import FeedbackAlignment, Supervised, Task
from tests.contracts.test_gradient_rule import network, posed


def test_the_slopes_are_those_of_the_card() -> None:
    rule, (model, x, task), key = FeedbackAlignment(), posed(), jax.random.key(11)
    stages = model.stages()
    memory = rule.begin(stages, x, task, key)
    found = rule.gradient(stages, x, task, memory=memory, key=key)
    error = jax.grad(task.loss)(model(x))
    matrix = memory["2"]
    assert matrix.shape == (2, 7) and float(abs(matrix).max()) <= 1  # one for all, sliced
    a = stages[0](x)
    delta = error @ matrix / np.sqrt(2) * (1 - jnp.tanh(a) ** 2)
    np.testing.assert_allclose(found.slopes[0].weight, x.T @ delta, rtol=1e-4, atol=1e-6)
    b = stages[2](jnp.tanh(a))
    delta = error @ matrix[:, :6] / np.sqrt(2) * (1 - jnp.tanh(b) ** 2)
    np.testing.assert_allclose(found.slopes[2].weight, jnp.tanh(a).T @ delta, rtol=1e-4, atol=1e-6)


def test_the_gradient_turns_towards_the_feedback() -> None:
    x = np.random.default_rng(107).normal(size=(120, 3)).astype(np.float32)
    y = np.stack([np.sin(x[:, 0]), x[:, 1] * 0.5], axis=1)
    how = Supervised(FeedbackAlignment(compare=True), epochs=60, batch=20, rate=1e-2)
    log = how.train(network(), (x, y)).logs["alignment 2"]
    assert log[-30:].mean() > log[:10].mean() + 0.1


def test_grids_hear_at_their_nodes_and_others_as_wholes() -> None:
    def halved(weight: jax.Array, state: jax.Array) -> jax.Array:
        return state[:, ::2] @ weight

    def doubled(weight: jax.Array, state: jax.Array) -> jax.Array:
        return jnp.repeat(state @ weight, 2, axis=1)

    stages = (Step(jnp.ones((2, 3)), halved), Step(jnp.ones((3, 1)), doubled))
    rule, x, key = FeedbackAlignment(), jnp.ones((4, 8, 2)), jax.random.key(3)
    task = Task(lambda y: (y**2).mean())
    memory = rule.begin(stages, x, task, key)
    assert {name: kept.shape for name, kept in memory.items()} == {"8": (8, 12)}
    found = rule.gradient(stages, x, task, memory=memory, key=key)
    assert found.slopes[0].parts.shape == (2, 3) and np.isfinite(found.slopes[0].parts).all()


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError):
        FeedbackAlignment(group=0)
