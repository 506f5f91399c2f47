"""Block-local learning: every group of stages has a head of its own and hears of no other group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import optax
from jax import Array

from residuum._core import OptionError, Source
from residuum.blocks import DIFFERENTIABLE, Capability, Stage, run
from residuum.learning._gradient_rule import GradientRule, Slope, Task
from residuum.learning.rules._backpropagation import Backpropagation
from residuum.learning.rules._groups import groups, head


@final
@dataclass(frozen=True)
class BlockLocal(GradientRule):
    """Backpropagation inside groups of stages, and no way back between them.

    Every group but the last one has a linear head from its features to the answer, and goes down
    the loss of that; the last one goes down the loss itself. One forward pass trains them all, and
    only the states inside one group are kept. One group of all stages is backpropagation.

    Args:
        group: stages with parameters per group; all in one if left out.
        rate: learning rate of the heads, by Adam inside the rule. Good start: that of the model.

    It breaks where early stages must prepare what a linear head cannot yet use.

    Raises:
        OptionError: an option is out of range; a state has no features that a head could read.
    """

    group: int | None = 1
    rate: float = 2e-3

    name: ClassVar[str] = "block_local"
    needs: ClassVar[frozenset[Capability]] = DIFFERENTIABLE
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "scalable-forward-forward",
            "Scalable Forward-Forward Algorithm",
            "A. Krutsylo",
            2025,
            "arXiv:2501.03176",
            "runs",
        ),
    )

    def __post_init__(self) -> None:
        if (self.group is not None and self.group < 1) or not self.rate > 0:
            raise OptionError("groups of one or more, a rate above zero", repr(self), "Try 1.")

    @property
    def exact(self) -> bool:
        return self.group is None

    def begin(self, stages: Sequence[Stage], state: Any, task: Task, key: Array) -> Any:
        ends, states = groups(stages, self.group), []
        for a, b in ends:
            state = run(stages[a:b], state)
            states.append(state)
        keys = jax.random.split(key, len(ends))
        heads = [head(s, state, k) for s, k in zip(states[:-1], keys[:-1], strict=True)]
        return heads, self._optimiser().init(heads)

    def _optimiser(self) -> Any:
        return optax.adam(self.rate)

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        heads, kept = memory
        end = jax.eval_shape(lambda given: run(stages, given), state)
        slopes: list[Any] = []
        moves, log = [], {}
        for i, (a, b) in enumerate(groups(stages, self.group)):
            if i == len(heads):
                found = Backpropagation().gradient(stages[a:b], state, task, memory=(), key=key)
                slopes += found.slopes
                break
            given = (stages[a:b], state, key)
            slope, move, value, state = _local(*given, heads[i], lambda y, h: task.loss(h(y, end)))
            slopes += slope
            moves.append(move)
            log[f"local loss {i}"] = value
        if heads:
            steps, kept = self._optimiser().update(moves, kept, heads)
            heads = optax.apply_updates(heads, steps)
        return Slope(found.value, tuple(slopes), (heads, kept), log)


def _local(
    stages: Sequence[Stage], state: Any, key: Array, item: Any, loss: Callable[[Any, Any], Array]
) -> tuple[Sequence[Any], Any, Array, Any]:
    """Return slopes of a group and of its head, the local loss, and the next state."""
    made = run(stages, state)
    move = jax.grad(lambda h: loss(made, h))(item)
    inner = Task(lambda y: loss(y, item))
    found = Backpropagation().gradient(stages, state, inner, memory=(), key=key)
    return found.slopes, move, found.value, jax.lax.stop_gradient(made)
