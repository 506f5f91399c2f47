"""The loop of the rules that go down a gradient: blocks of steps inside one compiled program."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
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

LOSS = "loss"


class Loss(eqx.Module):
    """Half the sum of squares of rows, as a function of one vector."""

    fixed: Any
    unravel: Any = eqx.field(static=True)

    def __call__(self, vector: Array, rows: Sequence[Rows]) -> Array:
        trained = self.unravel(vector, self.fixed)
        parts = [chunked_loss(lambda piece: residuals(trained, [piece]), item) for item in rows]
        return sum(parts[1:], parts[0])

    def begin(self, vector: Array, rows: Sequence[Rows]) -> Any:
        """Return what is remembered from step to step: nothing."""
        return ()

    def slope(
        self, vector: Array, rows: Sequence[Rows], memory: Any, turn: Array
    ) -> tuple[Array, Array, Any, Mapping[str, Array]]:
        """Return value, gradient, what is remembered, and a log, at the step of a number."""
        value, slope = jax.value_and_grad(self)(vector, rows)
        return value, slope, memory, {}


@eqx.filter_jit
def _run(
    loss: Loss, rows: Sequence[Rows], optimiser: Any, begin: tuple[Any, Array], count: int | Array
) -> tuple[Any, dict[str, Array]]:
    """Run one block of steps from (vector, optimiser's state, memory), the first of a number.

    Return the same three, and losses and logs by name.

    The number of steps is a value, not a shape: blocks of any length are one program, and give the
    same numbers however a training is cut into them.
    """

    def value_of(vector: Array) -> Array:
        return loss(vector, rows)

    def step(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        i, (vector, state, memory), values = carry
        value, slope, memory, log = loss.slope(vector, rows, memory, first + i)
        move, state = optimiser.update(
            slope, state, vector, value=value, grad=slope, value_fn=value_of
        )
        values = {name: values[name].at[i].set(new) for name, new in {**log, LOSS: value}.items()}
        return i + 1, (optax.apply_updates(vector, move), state, memory), values

    begun, first = begin
    log = jax.eval_shape(loss.slope, begun[0], rows, begun[2], first)[3]
    values = {name: jnp.zeros(BLOCK, begun[0].dtype) for name in (LOSS, *log)}
    start = (0, begun, values)
    _, ended, values = jax.lax.while_loop(lambda carry: carry[0] < count, step, start)
    return ended, values


def _run_streams(
    loss: Loss, rows: Sequence[Rows], optimiser: Any, begin: tuple[Any, Array], count: int
) -> tuple[Any, dict[str, Array]]:
    """The same block where several devices share the points."""
    gradient, ((vector, state, memory), _) = Streams(loss, rows), begin
    values = []
    for _ in range(count):
        value, slope = gradient(vector)
        move, state = optimiser.update(slope, state, vector)
        vector = optax.apply_updates(vector, move)
        values.append(value)
    return (vector, state, memory), {LOSS: jnp.stack(values)}


class DescentRule(LearningRule):
    """A rule that takes many cheap steps down the gradient. Final subclasses give the optimiser."""

    steps: int
    every: int
    precision: str = "float64"
    shares_points: ClassVar[bool] = False

    @abstractmethod
    def optimiser(self, flat: Flat) -> Any:
        """Return the Optax transformation of gradients of the vector."""

    def loss(self, flat: Flat, start: Trainable) -> Loss:
        """Return what is minimised, as a function of the vector."""
        return Loss(flat.fixed, flat.unravel)

    def _check(self) -> None:
        if self.precision not in PRECISIONS:
            raise OptionError(" or ".join(PRECISIONS), repr(self.precision), "Choose one.")

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        keeper = Keeper(self, start, rows, monitor, draw)
        flat = flatten(cast(start, self.precision))
        optimiser = optax.with_extra_args_support(self.optimiser(flat))
        loss = self.loss(flat, cast(start, self.precision))
        run = _Descent(self, flat, loss, optimiser, keeper, draw)
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
    loss: Loss
    optimiser: Any
    keeper: Keeper
    draw: Draw | None
    vector: Array = field(init=False)
    state: Any = field(init=False)
    memory: Any = field(init=False)
    rows: tuple[Rows, ...] = field(init=False)
    outcome: Outcome = field(init=False)
    step: int = 0
    turns: int = 0

    def train(self) -> None:
        """Go on from the checkpoint, if there is one, and keep where it ends."""
        self.vector, self.state = self.flat.vector, self.optimiser.init(self.flat.vector)
        first = cast(self.keeper.first, self.rule.precision)
        self.memory = self.loss.begin(self.vector, first)
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
        shared = jax.device_count() > 1 and self.rule.shares_points
        rows = cast(self.rows, self.rule.precision)
        begin = ((self.vector, self.state, self.memory), jnp.asarray(self.step))
        if shared:
            ended, values = _run_streams(self.loss, rows, self.optimiser, begin, count)
        else:
            ended, values = _run(self.loss, rows, self.optimiser, begin, jnp.asarray(count))
        (vector, state, memory), logs = ended, {k: np.asarray(v, float) for k, v in values.items()}
        losses = logs.pop(LOSS)[:count]
        if not self._sound(vector, losses):
            return False
        self.vector, self.state, self.memory, self.step = vector, state, memory, self.step + count
        self.outcome.losses += [float(value) for value in losses]
        for name, log in logs.items():
            self.outcome.logs.setdefault(name, []).extend(float(value) for value in log[:count])
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
            **pack_leaves((self.state, self.memory)),
            **{f"log {name}": np.asarray(log) for name, log in self.outcome.logs.items()},
        }

    def _unpack(self, kept: Kept) -> None:
        self.vector = jnp.asarray(fitting(kept, "vector", self.vector))
        self.state, self.memory = unpack_leaves((self.state, self.memory), kept)
        self.step, self.turns = (int(fitting(kept, name, 0)) for name in ("step", "turns"))
        self.outcome.losses = [float(value) for value in kept["losses"]]
        self.outcome.held = [float(value) for value in kept["held"]]
        for name in (name for name in kept if name.startswith("log ")):
            self.outcome.logs[name.removeprefix("log ")] = [float(value) for value in kept[name]]


def _next(count: int, seconds: float) -> int:
    """Return the length of the next block."""
    if seconds > 2 * SECONDS:
        return max(count // 2, 1)
    return min(2 * count, BLOCK) if seconds < SECONDS / 2 else count
