"""Every operator is the composition of its stages, and its gradient follows from theirs."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum.blocks import Stage, run
from residuum.learning import Backpropagation, Task
from residuum.learning._gradient_rule import cosine
from residuum.learning._ruled import stages_of
from residuum.learning._staged import Staged
from residuum.operators import Operator, Standardised
from tests.contracts.test_operator import CASES, Row, built, inputs

WHOLE = (
    "neural_stagger",
    "deeponet",
    "multionet",
    "multi_grid_domain_decomposition",
    "reversible_unet",
)
"""Recipes whose operators are one stage: their parts work side by side."""


def standardised(operator: Operator) -> Standardised:
    moments = np.array([[0.3, -0.2], [1.7, 0.6]], np.float32)
    return Standardised(operator, moments, moments[:, :1])


LONG = ("LSM", "MgNO", "Rollout", "SineNet", "SpatiotemporalFNO", "UNet", "FNO-1")
ROWS = [
    pytest.param(*case.values, id=case.id, marks=pytest.mark.slow)
    if str(case.id).startswith(LONG)
    else case
    for case in CASES
]


@pytest.mark.parametrize("row", ROWS)
def test_the_stages_are_the_operator_and_give_its_gradient(row: Row) -> None:
    frame, inner = built(row)
    operator = standardised(inner)
    x = inputs(frame.shape)
    moving, fixed = eqx.partition(operator, lambda leaf: isinstance(leaf, jax.Array))
    staged = Staged.of(operator, stages_of)
    assert all(isinstance(stage, Stage) for stage in operator.stages())
    assert len(inner.stages()) > 1 or row.recipe.name in WHOLE

    def both(moving: Operator, fixed: Operator) -> tuple[Any, ...]:
        whole = eqx.combine(moving, fixed)
        made, answer = run(staged.stages(whole), staged.begin(whole, x)), whole(x)
        weigh = jnp.asarray(np.random.default_rng(211).normal(size=answer.shape), answer.dtype)
        task = Task(lambda state: (staged.end(whole, state) * weigh).sum())
        found = staged.slope(
            Backpropagation(),
            staged.stages(whole),
            staged.begin(whole, x),
            task,
            memory=(),
            key=jax.random.key(5),
        )
        true = jax.grad(lambda part: (eqx.combine(part, fixed)(x) * weigh).sum())(moving)
        slope = staged.pulled(moving, fixed, found.slopes)
        gap = [abs(a - b).max() for a, b in zip(*map(jax.tree.leaves, (slope, true)), strict=True)]
        size = jnp.stack([abs(b).max() for b in jax.tree.leaves(true)]).max()
        again = staged.target(whole, staged.end(whole, made)) if staged.last else made
        return (
            abs(staged.end(whole, made) - answer).max() / abs(answer).max(),
            jnp.stack(gap).max() / size,
            cosine(slope, true),
            abs(again - made).max() / abs(made).max() if isinstance(made, jax.Array) else 0.0,
        )

    ends, gap, angle, back = eqx.filter_jit(both)(moving, fixed)
    # A few roundings of float32, added up over the sums of a gradient.
    assert ends < 1e-5 and gap < 2e-5 and angle > 1 - 1e-6 and back < 1e-5
