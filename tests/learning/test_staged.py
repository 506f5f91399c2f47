"""Which stages learn, and the way of their slopes back to the weights of a model."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.blocks import Chain, Composed, Dense, Rescale, Stage, Tanh, dense
from residuum.blocks._abstract import is_trained
from residuum.learning import Backpropagation, Task
from residuum.learning._staged import Staged, solved


def stages_of(model: Stage) -> tuple[Stage, ...]:
    return model.stages()


def model() -> Composed:
    first, second = jax.random.split(jax.random.key(5))
    fixed = Dense(np.eye(3, dtype=np.float32) * 2, np.zeros(3, np.float32))
    ends = Rescale(np.full(3, 0.5, np.float32), np.full(3, 2.0, np.float32))
    back = Rescale(np.full(2, -1.0, np.float32), np.full(2, 0.25, np.float32))
    inner = Chain((dense(3, 4, first), Tanh(4), fixed_middle(), dense(4, 2, second)))
    return Composed((ends, fixed, inner, back))


def fixed_middle() -> Dense:
    return Dense(np.eye(4, dtype=np.float32), np.ones(4, np.float32))


def test_constants_at_the_ends_are_no_stages_and_none_get_slopes() -> None:
    made = model()
    staged = Staged.of(made, stages_of)
    assert (staged.first, staged.last) == (2, 6)
    moving, fixed = eqx.partition(made, is_trained)
    x = jnp.asarray(np.random.default_rng(73).normal(size=(6, 3)), jnp.float32)

    @eqx.filter_jit
    def slopes(moving: Stage, fixed: Stage) -> tuple[object, object, object]:
        whole = eqx.combine(moving, fixed)
        task = Task(lambda state: (staged.end(whole, state) ** 2).sum())
        found = staged.slope(
            Backpropagation(compare=True),
            staged.stages(whole),
            staged.begin(whole, x),
            task,
            memory=(),
            key=jax.random.key(3),
        )
        true = jax.grad(lambda part: (eqx.combine(part, fixed)(x) ** 2).sum())(moving)
        return found, staged.pulled(moving, fixed, found.slopes), true

    found, mine, true = slopes(moving, fixed)
    for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(true), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(found.slopes[2]))  # type: ignore[attr-defined]
    assert float(found.log["alignment"]) == pytest.approx(1.0, abs=1e-6)  # type: ignore[attr-defined]


def test_the_target_is_that_of_the_last_stage_that_learns() -> None:
    made = model()
    staged, answer = Staged.of(made, stages_of), jnp.ones((2, 2))
    np.testing.assert_allclose(staged.end(made, staged.target(made, answer)), answer, rtol=1e-6)


def test_a_change_of_the_last_stage_reaches_the_model() -> None:
    made = model()
    staged = Staged.of(made, stages_of, "checkpoints")
    moving, fixed = eqx.partition(made, is_trained)
    change = eqx.filter(staged.stages(made)[-1], eqx.is_inexact_array)
    moved = eqx.combine(solved(staged, moving, fixed, change), fixed)
    before, after = made.stages()[5], moved.stages()[5]
    np.testing.assert_allclose(after.weight, 2 * before.weight)  # type: ignore[attr-defined]
    assert eqx.tree_equal(moved.stages()[:5], made.stages()[:5])


def test_nothing_trained_is_refused() -> None:
    with pytest.raises(OptionError, match="trained arrays"):
        Staged.of(Chain((fixed_middle(),)), stages_of)
