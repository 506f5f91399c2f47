from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Tanh, dense
from residuum.learning import Supervised, Task
from residuum.learning.rules import SyntheticGradients


def network(width: int = 8) -> Chain:
    keys = jax.random.split(jax.random.key(31), 3)
    sizes = (3, width, width, 2)
    layers = [dense(a, b, k) for a, b, k in zip(sizes, sizes[1:], keys, strict=False)]
    return Chain((layers[0], Tanh(width), layers[1], Tanh(width), layers[2]))


def test_predicted_errors_turn_towards_the_true_ones_and_the_model_learns() -> None:
    x = np.random.default_rng(107).normal(size=(200, 3)).astype("f4")
    y = np.stack([np.sin(2 * x[:, 0]), x[:, 1] * 0.5], axis=1)
    rule = SyntheticGradients(rate=3e-2, compare=True)
    learnt = Supervised(rule, epochs=150, batch=50, rate=1e-2).train(network(), (x, y))
    # The first stage hears of the loss through both nets; it starts with no opinion at all.
    angle = learnt.logs["alignment 0"]
    assert angle[0] == 0.0 and angle[-40:].mean() > 0.3, angle[-40:].mean()
    # A linear map leaves most of the first output; a fifth of the variance is far below.
    assert learnt.losses[-8:].mean() < 0.2 * 0.5 * (y**2).sum(1).mean()


def test_nets_start_without_an_opinion() -> None:
    stages, x = network().stages(), jnp.ones((4, 3))
    task = Task(lambda found: jnp.sum(found**2), jnp.zeros((4, 2)))
    rule = SyntheticGradients(width=0)
    memory = rule.begin(stages, x, task, jax.random.key(5))
    slope = rule.gradient(stages, x, task, memory=memory, key=jax.random.key(5))
    assert not np.any(slope.slopes[0].weight) and np.any(slope.slopes[4].weight)


def test_states_and_options_that_do_not_fit_are_refused() -> None:
    task = Task(lambda found: jnp.sum(found**2))
    wide = Chain((dense(3, 4, jax.random.key(3)), dense(4, 5, jax.random.key(3))) * 1)
    longer = (*wide.stages(), dense(5, 2, jax.random.key(3)))
    with pytest.raises(OptionError, match="one width"):
        SyntheticGradients(shared=True).begin(longer, jnp.ones((2, 3)), task, jax.random.key(5))
    with pytest.raises(OptionError, match="features"):
        SyntheticGradients().begin(longer, jnp.ones((2, 2, 3)), task, jax.random.key(5))
    with pytest.raises(OptionError):
        SyntheticGradients(rate=0.0)
