"""The loop of the rules that go down a gradient: blocks of steps inside one compiled program."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from residuum._core import Monitor, OptionError, Result
from residuum._core._checkpoint import State as Kept
from residuum.learning._keeper import Keeper, fitting, pack_leaves, unpack_leaves
from residuum.learning._rule import Draw, Flat, LearningRule, Outcome, Trainable, flatten, residuals
from residuum.objectives import Rows, Streams, chunked_loss

BLOCK, SECONDS = 50, 1.0
"""Most steps in a block, and about how long one takes: the loop can be interrupted between two."""

BLOWN = 1e6
"""How many times its first value the loss may grow before the training counts as diverged."""

PRECISIONS = ("float64", "float32")


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
    loss: Loss, rows: Sequence[Rows], optimiser: Any, begin: tuple[Array, Any], count: int | Array
) -> tuple[Array, Any, Array]:
    """Run one block of steps; return the vector, the optimiser's state and the losses.

    The number of steps is a value, not a shape: blocks of any length are one program, and give the
    same numbers however a training is cut into them.
    """

    def value_of(vector: Array) -> Array:
        return loss(vector, rows)

    def step(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        i, vector, state, values = carry
        value, slope = jax.value_and_grad(value_of)(vector)
        move, state = optimiser.update(
            slope, state, vector, value=value, grad=slope, value_fn=value_of
        )
        return i + 1, optax.apply_updates(vector, move), state, values.at[i].set(value)

    start = (0, *begin, jnp.zeros(BLOCK, begin[0].dtype))
    _, vector, state, values = jax.lax.while_loop(lambda carry: carry[0] < count, step, start)
    return vector, state, values


def _run_streams(
    loss: Loss, rows: Sequence[Rows], optimiser: Any, begin: tuple[Array, Any], count: int
) -> tuple[Array, Any, Array]:
    """The same block where several devices share the points."""
    gradient, (vector, state) = Streams(loss, rows), begin
    values = []
    for _ in range(count):
        value, slope = gradient(vector)
        move, state = optimiser.update(slope, state, vector)
        vector = optax.apply_updates(vector, move)
        values.append(value)
    return vector, state, jnp.stack(values)


class DescentRule(LearningRule):
    """A rule that takes many cheap steps down the gradient. Final subclasses give the optimiser."""

    steps: int
    every: int
    precision: str = "float64"
    shares_points: ClassVar[bool] = False

    @abstractmethod
    def optimiser(self, flat: Flat) -> Any:
        """Return the Optax transformation of gradients of the vector."""

    def _check(self) -> None:
        if self.precision not in PRECISIONS:
            raise OptionError(" or ".join(PRECISIONS), repr(self.precision), "Choose one.")

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        keeper = Keeper(self, start, rows, monitor, draw)
        flat = flatten(cast(start, self.precision))
        optimiser = optax.with_extra_args_support(self.optimiser(flat))
        run = _Descent(self, flat, optimiser, keeper, draw)
        run.outcome = Outcome(start, Result.SUCCESSFUL, f"{self.steps} steps taken")
        run.train()
        run.outcome.trained = flatten(start).restore(run.vector.astype(float))
        return run.outcome


def cast(tree: Any, precision: str) -> Any:
    """Return a tree whose arrays of real numbers have a precision; NumPy arrays stay constants."""

    def one(leaf: Any) -> Any:
        real = eqx.is_inexact_array(leaf) or (
            isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"
        )
        return leaf.astype(precision) if real else leaf

    return jax.tree.map(one, tree)


@dataclass
class _Descent:
    """One training of a descent rule."""

    rule: DescentRule
    flat: Flat
    optimiser: Any
    keeper: Keeper
    draw: Draw | None
    vector: Array = field(init=False)
    state: Any = field(init=False)
    rows: tuple[Rows, ...] = field(init=False)
    outcome: Outcome = field(init=False)
    step: int = 0
    turns: int = 0

    def train(self) -> None:
        """Go on from the checkpoint, if there is one, and keep where it ends."""
        self.vector, self.state = self.flat.vector, self.optimiser.init(self.flat.vector)
        if (kept := self.keeper.state()) is not None:
            self._unpack(kept)
        self.rows = self.keeper.rows()
        outcome = self.outcome
        ended = self.keeper.ended()
        if ended is not None and (not ended[0].ok or self.step >= self.rule.steps):
            outcome.result, outcome.reason = ended
            return
        try:
            self._loop()
        except KeyboardInterrupt:
            outcome.result, outcome.reason = Result.INTERRUPTED, "interrupted"
        self.keeper.close(self.pack, self.rows, outcome.result)

    def _loop(self) -> None:
        rule, monitor, outcome = self.rule, self.keeper.monitor, self.outcome
        count, first = 1, True
        while self.step < rule.steps:
            if self.draw is not None and self.turns < self.step // rule.every:
                trained = self.flat.restore(self.vector)
                fresh, held = self.draw(cast(trained, "float64"), self.turns + 1)
                self.rows, self.turns = tuple(fresh), self.turns + 1
                outcome.held.append(held)
            left = min(rule.steps - self.step, rule.every - self.step % rule.every)
            begun = time.perf_counter()
            with monitor.phase("compile" if first else "train"):
                going = self._block(min(count, left))
            if not going:
                return
            if monitor.spent:
                outcome.result, outcome.reason = Result.OUT_OF_BUDGET, "the time budget is spent"
                return
            share = max(self.step / rule.steps, monitor.elapsed / monitor.budget.seconds)
            monitor.update(share, f"step {self.step}, loss {outcome.losses[-1]:.1e}")
            self.keeper.keep(self.pack, self.rows)
            count = _next(count, time.perf_counter() - begun)
            first = False

    def _block(self, count: int) -> bool:
        """Take some steps; return whether they are worth keeping."""
        loss = Loss(self.flat.fixed, self.flat.unravel)
        shared = jax.device_count() > 1 and self.rule.shares_points
        rows = cast(self.rows, self.rule.precision)
        begin = (self.vector, self.state)
        if shared:
            vector, state, values = _run_streams(loss, rows, self.optimiser, begin, count)
        else:
            vector, state, values = _run(loss, rows, self.optimiser, begin, jnp.asarray(count))
        losses = np.asarray(values, float)[:count]
        if not self._sound(vector, losses):
            return False
        self.vector, self.state, self.step = vector, state, self.step + count
        self.outcome.losses += [float(value) for value in losses]
        return True

    def _sound(self, vector: Array, losses: np.ndarray) -> bool:
        """Whether a block did not diverge; the training ends on one that did."""
        outcome = self.outcome
        first = outcome.losses[0] if outcome.losses else float(losses[0])
        if not np.isfinite(losses).all() or losses[-1] > BLOWN * first:
            outcome.result, outcome.reason = Result.DIVERGED, "the loss blew up"
            return False
        if not bool(jnp.isfinite(vector).all()):
            outcome.result, outcome.reason = Result.NOT_FINITE, "the weights are no longer finite"
            return False
        return True

    def pack(self) -> Kept:
        """Return the state as named arrays."""
        return {
            "vector": np.asarray(self.vector),
            "losses": np.asarray(self.outcome.losses, float),
            "held": np.asarray(self.outcome.held, float),
            "step": np.asarray(self.step),
            "turns": np.asarray(self.turns),
            **pack_leaves(self.state),
        }

    def _unpack(self, kept: Kept) -> None:
        self.vector = jnp.asarray(fitting(kept, "vector", self.vector))
        self.state = unpack_leaves(self.state, kept)
        self.step, self.turns = (int(fitting(kept, name, 0)) for name in ("step", "turns"))
        self.outcome.losses = [float(value) for value in kept["losses"]]
        self.outcome.held = [float(value) for value in kept["held"]]


def _next(count: int, seconds: float) -> int:
    """Return the length of the next block."""
    if seconds > 2 * SECONDS:
        return max(count // 2, 1)
    return min(2 * count, BLOCK) if seconds < SECONDS / 2 else count
