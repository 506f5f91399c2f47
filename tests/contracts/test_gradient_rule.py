"""Every rule by stage: exact where it says so, honest about the angle elsewhere, polite."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import residuum.learning.rules as rules
from residuum._core import OptionError, Source
from residuum.blocks import Capability, Chain, Stage, Tanh, dense
from residuum.learning import GradientRule, Supervised, Task
from residuum.learning._gradient_rule import cosine, every_rule
from residuum.learning._staged import Staged
from residuum.learning.rules import (
    Backpropagation,
    BlockLocal,
    DualPropagation,
    FeedbackAlignment,
    ReadoutOnly,
)

# One row or more per rule; add yours here.
RULES: dict[str, list[GradientRule]] = {
    "Backpropagation": [Backpropagation()],
    "BlockLocal": [BlockLocal(), BlockLocal(group=None)],
    "DualPropagation": [DualPropagation(), DualPropagation(beta=0.0), DualPropagation(rounds=2)],
    "FeedbackAlignment": [FeedbackAlignment()],
    "ReadoutOnly": [ReadoutOnly()],
}
ALL = [rule for row in RULES.values() for rule in row]
EVERY = [pytest.param(rule, id=repr(rule)[:60]) for rule in ALL]
KINDS = sorted({kind for kind in every_rule() if kind.__module__.startswith("residuum")}, key=str)


class BlackBox(Stage):
    """Can only be called."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset()

    def __call__(self, state: Any) -> Any:
        return jnp.sin(state)


def network(dtype: type = np.float32) -> Chain:
    keys = jax.random.split(jax.random.key(31), 3)
    layers = [
        dense(a, b, k, spread=0.3) for a, b, k in zip((3, 7, 6), (7, 6, 2), keys, strict=False)
    ]
    chain = Chain((layers[0], Tanh(7), layers[1], Tanh(6), layers[2]))
    return jax.tree.map(lambda leaf: leaf.astype(dtype) if eqx.is_array(leaf) else leaf, chain)


def posed(dtype: type = np.float32) -> tuple[Chain, jax.Array, Task]:
    draw = np.random.default_rng(103).normal
    x, y = jnp.asarray(draw(size=(9, 3)), dtype), jnp.asarray(draw(size=(9, 2)), dtype)
    return network(dtype), x, Task(lambda found: 0.5 * ((found - y) ** 2).sum(-1).mean(), y)


def found(rule: GradientRule, dtype: type = np.float32) -> tuple[Any, Any]:
    model, x, task = posed(dtype)
    key, stages = jax.random.key(11), model.stages()
    memory = rule.begin(stages, x, task, key)
    return rule.gradient(stages, x, task, memory=memory, key=key), memory


def truth(dtype: type = np.float32) -> tuple[jax.Array, Any]:
    model, x, task = posed(dtype)
    value, slope = eqx.filter_value_and_grad(lambda m: task.loss(m(x)))(model)
    return value, eqx.filter(slope.stages(), eqx.is_inexact_array)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_rule_is_here(kind: type[GradientRule]) -> None:
    rows = RULES.get(kind.__name__, [])
    assert rows and all(type(row) is kind for row in rows)
    assert getattr(rules, kind.__name__) is kind and kind.name
    assert all(isinstance(source, Source) and source.maturity for source in kind.sources)


@pytest.mark.parametrize("rule", EVERY)
def test_slopes_fit_the_stages_and_the_value_is_the_loss(rule: GradientRule) -> None:
    slope, memory = found(rule)
    value, true = truth()
    assert float(slope.value) == pytest.approx(float(value), rel=1e-6)
    assert hash(jax.tree.structure(tuple(slope.slopes))) == hash(jax.tree.structure(true))
    for mine, wanted in zip(jax.tree.leaves(slope.slopes), jax.tree.leaves(true), strict=True):
        assert mine.shape == wanted.shape and np.isfinite(mine).all()
    assert hash(jax.tree.structure(slope.memory)) == hash(jax.tree.structure(memory))


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.exact], ids=lambda r: str(r.name))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rules_that_claim_it_give_the_gradient(rule: GradientRule, dtype: type) -> None:
    with jax.enable_x64(dtype is np.float64):
        mine, true = found(rule, dtype)[0].slopes, truth(dtype)[1]
        bound = 1e-5 if dtype is np.float32 else 1e-10
        size = max(float(abs(leaf).max()) for leaf in jax.tree.leaves(true))
        for a, b in zip(jax.tree.leaves(tuple(mine)), jax.tree.leaves(true), strict=True):
            assert float(abs(a - b).max()) < bound * size


@pytest.mark.parametrize("rule", EVERY)
def test_the_log_tells_the_angle(rule: GradientRule) -> None:
    model, x, task = posed()
    staged = Staged.of(model, lambda m: m.stages())
    watched = dataclasses.replace(rule, compare=True)
    memory = rule.begin(model.stages(), x, task, jax.random.key(11))
    log = staged.slope(watched, model.stages(), x, task, memory=memory, key=jax.random.key(11)).log
    angle = float(cosine(found(rule)[0].slopes, truth()[1]))
    assert float(log["alignment"]) == pytest.approx(angle, abs=1e-5)
    assert {"alignment 0", "alignment 2", "alignment 4"} <= set(log)
    assert float(log["alignment 4"]) == pytest.approx(1.0, abs=1e-3)  # all know the last layer


@pytest.mark.parametrize("rule", EVERY)
def test_a_stage_without_the_capability_is_refused_with_a_way_out(rule: GradientRule) -> None:
    first, last = network().blocks[0], network().blocks[-1]
    stages: tuple[Stage, ...] = (first, BlackBox(), last)
    if not type(rule).missing(BlackBox()):
        rule.check(stages)  # it asks nothing of such a stage
        return
    with pytest.raises(OptionError, match=r"stage 1 \(BlackBox\)") as caught:
        rule.check(stages)
    assert type(rule).__name__ in str(caught.value) and "ReadoutOnly" in caught.value.remedy


def test_a_rule_learns_what_backpropagation_learns() -> None:
    x = np.random.default_rng(107).normal(size=(120, 3)).astype(np.float32)
    y = np.stack([np.sin(x[:, 0]), x[:, 1] * 0.5], axis=1)
    left: dict[str, float] = {}
    make: Callable[[], Chain] = network
    for name in ("Backpropagation", "DualPropagation", "BlockLocal", "FeedbackAlignment"):
        how = Supervised(RULES[name][0], epochs=60, batch=20, rate=1e-2)
        left[name] = float(how.train(make(), (x, y), key=7).losses[-6:].mean())
    start = 0.5 * (y**2).sum(1).mean()
    # A fifth of the variance is far below what a constant leaves.
    assert all(value < 0.2 * start for value in left.values()), left
