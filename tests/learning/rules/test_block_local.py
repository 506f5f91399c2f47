"""Block-local learning: one knob between local losses and backpropagation."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.learning import BlockLocal
from residuum.learning._gradient_rule import cosine
from tests.contracts.test_gradient_rule import found, posed, truth


def test_all_stages_in_one_group_are_backpropagation() -> None:
    slope, memory = found(BlockLocal(group=None))
    assert float(cosine(slope.slopes, truth()[1])) > 1 - 1e-6
    assert not jax.tree.leaves(memory[0]) and not slope.log
    same = found(BlockLocal(group=3))[0]  # three stages have parameters
    for a, b in zip(*map(jax.tree.leaves, (slope.slopes, same.slopes)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_group_hears_of_no_other_and_its_head_learns() -> None:
    rule, (model, x, task), key = BlockLocal(rate=1e-2), posed(), jax.random.key(11)
    stages = model.stages()
    memory = rule.begin(stages, x, task, key)
    first = rule.gradient(stages, x, task, memory=memory, key=key)
    other = (*stages[:2], *(jax.tree.map(lambda leaf: leaf + 1, s) for s in stages[2:]))
    moved = rule.gradient(other, x, task, memory=memory, key=key)
    np.testing.assert_array_equal(first.slopes[0].weight, moved.slopes[0].weight)
    losses = []
    for _ in range(200):
        found_now = rule.gradient(stages, x, task, memory=memory, key=key)
        memory = found_now.memory
        losses.append(float(found_now.log["local loss 0"]))
    assert losses[-1] < 0.6 * losses[0]


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError):
        BlockLocal(group=0)
