"""Residual rows by rules: the same slopes as through the whole field, numbers included."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import Monitor, in_double_precision
from residuum.fields import MLP, ModifiedMLP
from residuum.learning import (
    Adam,
    Backpropagation,
    BlockLocal,
    DualPropagation,
    FeedbackAlignment,
    GradientRule,
    flatten,
)
from residuum.learning._descent import Loss
from residuum.learning._ruled_loss import RuledLoss, is_network_alone, network_stages
from residuum.learning.rules import ReadoutOnly
from tests.learning._settings import burgers, decay, setting


@pytest.mark.parametrize(
    "rule",
    [
        Backpropagation(),
        Backpropagation(memory="checkpoints"),
        DualPropagation(beta=0.0),
        BlockLocal(group=None),
    ],
    ids=["backpropagation", "checkpoints", "dual", "local"],
)
@in_double_precision
def test_exact_rules_give_the_gradient_of_every_kind_of_row(rule: GradientRule) -> None:
    start, rows = setting(burgers(), MLP(5, 2))
    flat = flatten(start)
    loss = RuledLoss.of(rule, flat, start, jax.random.key(3))
    memory = loss.begin(flat.vector, rows)
    value, slope, _, _ = jax.jit(lambda v: loss.slope(v, rows, memory, jnp.asarray(0)))(flat.vector)
    plain = Loss(flat.fixed, flat.unravel)
    wanted, true = jax.jit(jax.value_and_grad(lambda v: plain(v, rows)))(flat.vector)
    assert float(value) == pytest.approx(float(wanted), rel=1e-12)
    # The diffusivity is inferred: its slope is there too.
    assert float(abs(slope - true).max()) < 1e-10 * float(abs(true).max())


@in_double_precision
def test_dual_propagation_carries_jets_at_the_nudge_of_the_card() -> None:
    start, rows = setting(burgers(), MLP(5, 2))
    flat = flatten(start)
    true = jax.grad(lambda v: Loss(flat.fixed, flat.unravel)(v, rows))(flat.vector)
    for beta in (0.01, 0.1):
        loss = RuledLoss.of(DualPropagation(beta=beta), flat, start, jax.random.key(3))
        slope = loss.slope(flat.vector, rows, (), jnp.asarray(0))[1]
        angle = float(slope @ true / jnp.linalg.norm(slope) / jnp.linalg.norm(true))
        assert angle > 0.9999


@in_double_precision
def test_one_network_has_stages_and_anything_else_is_one() -> None:
    start, _ = setting(decay(), MLP(5, 2))
    assert is_network_alone(start[0])
    assert len(network_stages(start)) == 2 + 4 + 1  # scaling, axes, two layers, head
    modified, _ = setting(decay(), ModifiedMLP(5, 2))
    assert len(network_stages(modified)) == 2 + 1 + 1


@pytest.mark.parametrize(
    "rule",
    [
        DualPropagation(descent=Adam(steps=250, rate=1e-2, every=50)),
        FeedbackAlignment(descent=Adam(steps=250, rate=1e-2, every=50), compare=True),
    ],
    ids=["dual", "feedback"],
)
@in_double_precision
def test_a_field_learns(rule: GradientRule) -> None:
    start, rows = setting(decay(), MLP(6, 2), points=20)
    outcome = rule.train(start, rows, Monitor())
    assert outcome.losses[-1] < 0.1 * outcome.losses[0] and len(outcome.losses) == 250
    if rule.compare:
        assert len(outcome.logs["alignment"]) == 250
        assert np.isfinite(outcome.logs["alignment"]).all()


@in_double_precision
def test_the_head_alone_is_solved_for() -> None:
    start, rows = setting(decay(), MLP(12, 1), points=20)
    outcome = ReadoutOnly().train(start, rows, Monitor())
    assert outcome.losses[-1] < 1e-6 * outcome.losses[0]
