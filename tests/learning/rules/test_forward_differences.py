"""Slopes by turning one parameter after another."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import Chain, Stage, run
from residuum.blocks.physical import BlackBox, Detectors, random_mesh, saturable_absorber
from residuum.learning import Task
from residuum.learning.rules import Backpropagation, ForwardDifferences

RANDOM = np.random.default_rng(19)


def task() -> Task:
    wanted = jnp.asarray(RANDOM.normal(size=(6, 2)))
    return Task(lambda found: ((found - wanted) ** 2).mean())


@in_double_precision
def test_slopes_of_phases_are_those_of_backpropagation_to_the_order_of_the_step() -> None:
    stages: tuple[Stage, ...] = (random_mesh(4, key=7), saturable_absorber(4), Detectors(4, 2))
    state, goal = jnp.asarray(RANDOM.normal(size=(6, 4))), task()
    key = jax.random.key(3)
    exact = Backpropagation().gradient(stages, state, goal, memory=(), key=key)
    errors = []
    for step in (1e-3, 1e-4):
        rule = ForwardDifferences(step)
        found = rule.gradient(stages, state, goal, memory=(), key=key)
        assert float(found.value) == pytest.approx(float(exact.value))
        pairs = zip(jax.tree.leaves(found.slopes), jax.tree.leaves(exact.slopes), strict=True)
        errors.append(max(float(abs(a - b).max()) for a, b in pairs))
    # First order: a tenth of the step, a tenth of the error.
    assert errors[1] == pytest.approx(errors[0] / 10, rel=0.05)
    assert not rule.exact and not rule.needs


def test_stages_after_a_black_box_and_before_it_are_trained_and_the_box_is_not() -> None:
    box = BlackBox(random_mesh(3, key=5))
    stages: tuple[Stage, ...] = (random_mesh(3, key=7), box, saturable_absorber(3), Detectors(3, 2))
    state, goal = jnp.asarray(RANDOM.normal(size=(6, 3)), jnp.float32), task()
    rule = ForwardDifferences()
    rule.check(stages)
    slopes = rule.gradient(stages, state, goal, memory=(), key=jax.random.key(3)).slopes
    assert all(float(abs(leaf).max()) == 0 for leaf in jax.tree.leaves(slopes[1]))
    assert float(abs(slopes[0].theta).max()) > 1e-4
    whole = Chain(tuple(block for block in stages if isinstance(block, type(box))))
    np.testing.assert_array_equal(whole(state), run((box,), state))


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(OptionError, match="a step above 0"):
        ForwardDifferences(0.0)
