"""Rounds: the loop of the rules that take steps on a vector, with fresh points as they go."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import jax.numpy as jnp
import numpy as np

from residuum._core import Monitor, Result, one_blas_thread
from residuum._core._checkpoint import State as Kept
from residuum.learning._keeper import Keeper, fitting
from residuum.learning._model import Model
from residuum.learning._rule import Draw, Flat, LearningRule, Outcome, Trainable, flatten
from residuum.objectives import Rows

WINDOW, GAIN = 5, 0.8


@dataclass
class State:
    """What the next iteration needs; all of it goes into a checkpoint.

    Args:
        vector: the weights.
        damping: λ of damped rules.
        memory: what the rule itself remembers, arrays by name.
        iteration: iterations taken.
        losses, held, best: as in ``Outcome``; the best at fresh points so far.
    """

    vector: np.ndarray
    damping: float = 0.0
    memory: dict[str, np.ndarray] = field(default_factory=dict)
    iteration: int = 0
    losses: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    best: tuple[float, np.ndarray] = (float("inf"), np.zeros(0))

    def pack(self) -> Kept:
        """Return the state as named arrays."""
        rest = {f"memory {name}": value for name, value in self.memory.items()}
        numbers = {"damping": self.damping, "iteration": self.iteration, "best": self.best[0]}
        return {
            "vector": self.vector,
            "losses": np.asarray(self.losses, float),
            "held": np.asarray(self.held, float),
            "best vector": self.best[1],
            **{name: np.asarray(value) for name, value in numbers.items()},
            **rest,
        }

    def copy(self) -> State:
        """Return a copy; arrays are shared, since rules replace them and never write into them."""
        return replace(
            self, memory=dict(self.memory), losses=list(self.losses), held=list(self.held)
        )

    def unpack(self, kept: Kept) -> None:
        """Take over a state that was kept."""
        self.vector = fitting(kept, "vector", self.vector)
        self.damping = float(fitting(kept, "damping", self.damping))
        self.iteration = int(fitting(kept, "iteration", self.iteration))
        self.losses = [float(value) for value in kept["losses"]]
        self.held = [float(value) for value in kept["held"]]
        self.best = (float(fitting(kept, "best", self.best[0])), np.zeros(0))
        if np.isfinite(self.best[0]):
            self.best = (self.best[0], fitting(kept, "best vector", self.vector))
        prefix = "memory "
        rest = {k.removeprefix(prefix): v for k, v in kept.items() if k.startswith(prefix)}
        self.memory.update(rest)


class RoundRule(LearningRule):
    """A rule that takes one step after another, on points renewed every so many of them.

    Final subclasses give ``step``, and what it costs.
    """

    iterations: int
    every: int
    enough: float

    @abstractmethod
    def step(self, model: Model, state: State) -> bool:
        """Append the loss, take one step, and return whether one was found that lowers it."""

    def needed(self, count: int, size: int) -> float:
        """Return the MB that rows and weights of these numbers need."""
        return 0.0

    def begin(self, start: Trainable) -> tuple[Flat, State]:
        """Return the trained parts as one vector, and the state before the first step."""
        flat = flatten(start)
        return flat, State(np.asarray(flat.vector))

    def finish(self, model: Model, state: State) -> None:
        """Change what is handed back after training on fixed points."""

    def prepare(self, model: Model, state: State) -> None:
        """Compile what the steps need: called once, timed apart."""

    def renewed(self, state: State) -> None:
        """Forget what no longer holds when the points have changed."""

    def train(
        self, start: Trainable, rows: Sequence[Rows], monitor: Monitor, draw: Draw | None = None
    ) -> Outcome:
        flat, state = self.begin(start)
        needed = self.needed(sum(item.count for item in rows), flat.vector.size)
        if needed > monitor.budget.memory_mb:
            raise MemoryError(f"{self.name} needs {needed:.0f} MB; use fewer weights or points")
        keeper = Keeper(self, start, rows, monitor, draw)
        run = _Run(self, flat, state, keeper, draw)
        result, reason = run.train()
        if draw is not None and state.losses:
            # Steps since the last round count as well.
            with suppress(KeyboardInterrupt):
                run.renew(len(state.held) + 1)
        elif state.losses:
            self.finish(run.model(), state)
        return run.outcome(result, reason)


@dataclass
class _Run:
    """One training of a rule."""

    rule: RoundRule
    flat: Flat
    state: State
    keeper: Keeper
    draw: Draw | None
    rows: tuple[Rows, ...] = ()
    safe: tuple[State, tuple[Rows, ...]] | None = None

    def train(self) -> tuple[Result, str]:
        """Go on from the checkpoint, if there is one, and keep where it ends."""
        if (kept := self.keeper.state()) is not None:
            self.state.unpack(kept)
        self.rows = self.keeper.rows()
        if (ended := self.keeper.ended()) is not None:
            return ended
        try:
            with one_blas_thread():
                result, reason = self._loop()
            self.safe = (self.state, self.rows)
        except KeyboardInterrupt:
            result, reason = Result.INTERRUPTED, "interrupted"
        if self.safe is not None:
            # What an interrupted iteration had changed is done again when the training goes on.
            state, rows = self.safe
            self.keeper.close(state.pack, rows, result)
        return result, reason

    def _loop(self) -> tuple[Result, str]:
        rule, state, monitor, begun = self.rule, self.state, self.keeper.monitor, False
        for iteration in range(state.iteration, rule.iterations):
            self.safe = (state.copy(), self.rows)
            if self.draw is not None and iteration % rule.every == 0:
                self.renew(iteration // rule.every)
                if (end := self._satisfied()) is not None:
                    return end
            model = self.model()
            if not begun:
                with monitor.phase("compile"):
                    rule.prepare(model, state)
                begun = True
            with monitor.phase("train"):
                moved = rule.step(model, state)
            state.iteration = iteration + 1
            if (end := self._ended(moved)) is not None:
                return end
            if monitor.spent:
                return Result.OUT_OF_BUDGET, "the time budget is spent"
            self._report()
            self.keeper.keep(state.pack, self.rows)
        return Result.OUT_OF_BUDGET, f"all {rule.iterations} iterations are taken"

    def model(self) -> Model:
        """Return the present rows as a function of the vector."""
        return Model(self.rows, self.flat.fixed, self.flat.unravel)

    def _satisfied(self) -> tuple[Result, str] | None:
        held = self.state.held
        if held and held[-1] < self.rule.enough:
            return (
                Result.SUCCESSFUL,
                f"the residual at fresh points fell below {self.rule.enough}",
            )
        if stagnant(held):
            return Result.SUCCESSFUL, "the residual at fresh points no longer falls"
        return None

    def _ended(self, moved: bool) -> tuple[Result, str] | None:
        losses = self.state.losses
        if not np.isfinite(losses[-1]):
            return Result.NOT_FINITE, "the residual is not finite"
        if not moved and self.draw is None:
            return Result.STAGNATED, "no step lowers the residual"
        if self.draw is None and settled(losses):
            return Result.SUCCESSFUL, "the residual no longer falls"
        return None

    def _report(self) -> None:
        monitor, iteration = self.keeper.monitor, self.state.iteration - 1
        spent = monitor.elapsed / monitor.budget.seconds
        # Most runs settle long before the last iteration: the guess is 300.
        fraction = max(1 - 0.5 ** (iteration / 100), spent)
        monitor.update(fraction, f"iteration {iteration}, loss {self.state.losses[-1]:.1e}")

    def renew(self, turn: int) -> None:
        """Draw fresh points, and judge the weights on them."""
        assert self.draw is not None
        state = self.state
        rows, held = self.draw(self.flat.restore(jnp.asarray(state.vector)), turn)
        if turn > 0:
            state.held.append(held)
        if held < state.best[0]:
            state.best = (held, state.vector)
        self.rows = tuple(rows)
        self.rule.renewed(state)

    def outcome(self, result: Result, reason: str) -> Outcome:
        """Return what the rule hands back: the weights judged best, or the last ones."""
        held, best = self.state.best
        final = best if self.draw is not None and np.isfinite(held) else self.state.vector
        trained = self.flat.restore(jnp.asarray(final))
        return Outcome(trained, result, reason, self.state.losses, self.state.held)


def easing(ratio: float) -> float:
    """How λ changes after an accepted step of a gain ratio."""
    return 0.2 if ratio > 0.75 else 0.5 if ratio > 0.5 else 1.0 if ratio > 0.25 else 2.0


def stagnant(held: list[float]) -> bool:
    """Whether the median residual at fresh points fell by less than a fifth over five rounds."""
    if len(held) < 2 * WINDOW + 2:
        return False
    return bool(np.median(held[-WINDOW:]) > GAIN * np.median(held[-2 * WINDOW : -WINDOW]))


def settled(losses: list[float]) -> bool:
    """Whether twenty iterations lowered the loss by less than a thousandth."""
    return len(losses) > 20 and losses[-21] - losses[-1] < 1e-3 * losses[-21]
