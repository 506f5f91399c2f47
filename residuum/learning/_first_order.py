"""First-order rules: Adam and L-BFGS, the baselines of the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import Monitor, OptionError, Result, Source
from residuum.learning._rule import Draw, Flat, LearningRule, Outcome, Trainable, flatten, residuals
from residuum.objectives import Rows, Streams, chunked_loss

BLOCK = 50
BLOWN = 1e6
"""How many times its first value the loss may grow before the training counts as diverged."""


class Loss(eqx.Module):
    """Half the sum of squares of rows, as a function of one vector."""

    fixed: Any
    unravel: Any = eqx.field(static=True)

    def __call__(self, vector: Array, rows: Sequence[Rows]) -> Array:
        trained = self.unravel(vector, self.fixed)
        parts = [chunked_loss(lambda piece: residuals(trained, [piece]), item) for item in rows]
        return sum(parts[1:], parts[0])


@eqx.filter_jit
def _run(
    loss: Loss, rows: Sequence[Rows], optimiser: Any, vector: Array, state: Any
) -> tuple[Array, Any, Array]:
    """Run one block of steps; return the vector, the optimiser's state and the losses."""

    def value_of(vector: Array) -> Array:
        return loss(vector, rows)

    def step(carry: tuple[Array, Any], _: None) -> tuple[tuple[Array, Any], Array]:
        vector, state = carry
        value, slope = jax.value_and_grad(value_of)(vector)
        move, state = optimiser.update(
            slope, state, vector, value=value, grad=slope, value_fn=value_of
        )
        return (optax.apply_updates(vector, move), state), value

    (vector, state), values = jax.lax.scan(step, (vector, state), None, length=BLOCK)
    return vector, state, values


def _run_streams(
    loss: Loss, rows: Sequence[Rows], optimiser: Any, vector: Array, state: Any
) -> tuple[Array, Any, Array]:
    """The same block where several devices share the points."""
    gradient = Streams(loss, rows)
    values = []
    for _ in range(BLOCK):
        value, slope = gradient(vector)
        move, state = optimiser.update(slope, state, vector)
        vector = optax.apply_updates(vector, move)
        values.append(value)
    return vector, state, jnp.stack(values)


def _descend(
    make: Any,
    start: Trainable,
    rows: Sequence[Rows],
    monitor: Monitor,
    draw: Draw | None,
    plan: Any,
) -> Outcome:
    """The loop both rules share: blocks of steps until the plan, the budget or the fall ends."""
    flat = flatten(start)
    optimiser = optax.with_extra_args_support(make)
    vector, current = flat.vector, tuple(rows)
    state = optimiser.init(vector)
    outcome = Outcome(start, Result.SUCCESSFUL, f"{plan.steps} steps taken")
    try:
        for block in range(-(-plan.steps // BLOCK)):
            if draw is not None and block and block * BLOCK % plan.every < BLOCK:
                fresh, held = draw(flat.restore(vector), block)
                current = tuple(fresh)
                outcome.held.append(held)
            with monitor.phase("compile" if block == 0 else "train"):
                loss = Loss(flat.fixed, flat.unravel)
                shared = jax.device_count() > 1 and isinstance(plan, Adam)
                block_of = _run_streams if shared else _run
                vector, state, values = block_of(loss, current, optimiser, vector, state)
                losses = np.asarray(values)
            if not _keep(outcome, flat, vector, losses):
                break
            if monitor.spent:
                outcome.result, outcome.reason = Result.OUT_OF_BUDGET, "the time budget is spent"
                break
            share = max((block + 1) * BLOCK / plan.steps, monitor.elapsed / monitor.budget.seconds)
            monitor.update(share, f"step {(block + 1) * BLOCK}, loss {losses[-1]:.1e}")
    except KeyboardInterrupt:
        outcome.result, outcome.reason = Result.INTERRUPTED, "interrupted"
    return outcome


def _keep(outcome: Outcome, flat: Flat, vector: Array, losses: np.ndarray) -> bool:
    """Store a block that did not diverge; end the training on one that did."""
    first = outcome.losses[0] if outcome.losses else float(losses[0])
    if not np.isfinite(losses).all() or losses[-1] > BLOWN * first:
        outcome.result, outcome.reason = Result.DIVERGED, "the loss blew up"
        return False
    if not bool(jnp.isfinite(vector).all()):
        outcome.result, outcome.reason = Result.NOT_FINITE, "the weights are no longer finite"
        return False
    outcome.losses += [float(value) for value in losses]
    outcome.trained = flat.restore(vector)
    return True


@dataclass(frozen=True)
class Adam(LearningRule):
    """Adam with exponential decay of its rate: the usual baseline, slow to high accuracy.

    Args:
        steps: number of steps.
        rate: first learning rate. Good starting values: 1e-3 to 5e-3.
        decay: factor of the rate per thousand steps.
        every: steps between fresh points.
        warmup: steps over which the rate rises from zero.
    """

    steps: int = 10_000
    rate: float = 2e-3
    decay: float = 0.9
    every: int = 500
    warmup: int = 0

    name: ClassVar[str] = "adam"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "adam",
            "Adam: A Method for Stochastic Optimization",
            "D. P. Kingma, J. Ba",
            2015,
            "arXiv:1412.6980",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.steps < 1 or self.warmup < 0 or not self.rate > 0 or not 0 < self.decay <= 1:
            wanted = "steps >= 1, warmup >= 0, rate > 0, 0 < decay <= 1"
            raise OptionError(wanted, repr(self), "Correct them.")

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        schedule = optax.exponential_decay(self.rate, 1000, self.decay)
        if self.warmup:
            rise = optax.linear_schedule(0.0, self.rate, self.warmup)
            schedule = optax.join_schedules([rise, schedule], [self.warmup])
        return _descend(optax.adam(schedule), start, rows, monitor, draw, self)


@dataclass(frozen=True)
class LBFGS(LearningRule):
    """Limited-memory BFGS with a zoom line search, on fixed points.

    Args:
        steps: number of steps.
        memory: pairs remembered.
        every: steps between fresh points; far apart, since each change spoils the memory.
    """

    steps: int = 2_000
    memory: int = 50
    every: int = 1_000_000

    name: ClassVar[str] = "lbfgs"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "lbfgs",
            "On the limited memory BFGS method for large scale optimization",
            "D. C. Liu, J. Nocedal",
            1989,
            "doi:10.1007/BF01589116",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if self.steps < 1 or self.memory < 1:
            raise OptionError("steps and memory of at least 1", repr(self), "Correct them.")

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        return _descend(optax.lbfgs(memory_size=self.memory), start, rows, monitor, draw, self)
