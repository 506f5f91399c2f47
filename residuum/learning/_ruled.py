"""A learning rule over batches of an operator: value, gradient, and what the rule remembers."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks import Stage
from residuum.learning._gradient_rule import GradientRule, Slope, Task
from residuum.learning._staged import Staged, solved
from residuum.learning.rules import ReadoutOnly
from residuum.objectives import PerSample
from residuum.operators import Operator


def stages_of(operator: Operator) -> tuple[Stage, ...]:
    """Return the stages of an operator."""
    return operator.stages()


class Ruled:
    """Mean of an objective over a batch, and its slope by a rule.

    Args:
        rule: finds the slopes of the stages.
        staged: the stages of the operator.
        value: the objective on the grid of the batch.
        fixed: the parts of the operator that are not trained.
        micro: most samples at a time; the batch as one piece if left out. A rule that remembers
            something is called piece by piece.

    Raises:
        OptionError: a stage lacks a capability; several processes train together.
    """

    def __init__(
        self,
        rule: GradientRule,
        staged: Staged,
        value: PerSample,
        *,
        fixed: Any,
        micro: int | None = None,
    ) -> None:
        if jax.process_count() > 1:
            got = f"{jax.process_count()} processes"
            raise OptionError("one process, for another rule", got, "Leave the rule out.")
        self.work = _Work(rule, staged, value)
        self.fixed, self.micro = fixed, micro

    def begin(self, moving: Any, inputs: np.ndarray, outputs: np.ndarray, *, key: Array) -> Any:
        """Check the stages; return what the rule remembers before the first step."""
        rule, staged = self.work.rule, self.work.staged
        rule.check(staged.stages(eqx.combine(moving, self.fixed)))
        size = min(len(inputs), self.micro or len(inputs))
        given = jnp.asarray(inputs[:size]), jnp.asarray(outputs[:size])
        return _begun(self.work, moving, self.fixed, *given, key)

    def __call__(
        self, moving: Any, inputs: np.ndarray, outputs: np.ndarray, *, memory: Any, key: Array
    ) -> tuple[float, Any, Any, dict[str, float]]:
        """Return mean, gradient, what the rule remembers now, and its log."""
        count, size = len(inputs), min(len(inputs), self.micro or len(inputs))
        total: Any = None
        for i, start in enumerate(range(0, count, size)):
            piece = slice(start, start + size)
            given = jnp.asarray(inputs[piece]), jnp.asarray(outputs[piece])
            turn = jax.random.fold_in(key, i)
            *found, memory = _found(self.work, moving, self.fixed, *given, (memory, turn))
            share = len(given[0]) / count
            found = jax.tree.map(lambda leaf, share=share: share * leaf, found)
            total = found if total is None else jax.tree.map(jnp.add, total, found)
        value, slope, log = total
        return float(value), slope, memory, {name: float(item) for name, item in log.items()}

    def solved(self, moving: Any, inputs: np.ndarray, outputs: np.ndarray) -> Any:
        """Return the weights after the last stage was solved for, where the rule does that."""
        rule, staged, size = self.work.rule, self.work.staged, self.micro or 8
        assert isinstance(rule, ReadoutOnly)
        operator = eqx.combine(moving, self.fixed)
        pieces = (
            (
                staged.begin(operator, jnp.asarray(inputs[i : i + size])),
                staged.target(operator, jnp.asarray(outputs[i : i + size])),
            )
            for i in range(0, len(inputs), size)
        )
        return solved(staged, moving, self.fixed, rule.solved(staged.stages(operator), pieces))


class _Work(eqx.Module):
    """What is compiled once: rule, stages, objective."""

    rule: GradientRule = eqx.field(static=True)
    staged: Staged = eqx.field(static=True)
    value: PerSample = eqx.field(static=True)

    def given(self, operator: Operator, inputs: Array, outputs: Array) -> tuple[Any, Any, Task]:
        """Return stages, first state and task of a batch."""
        staged = self.staged

        def loss(state: Any) -> Array:
            return self.value(staged.end(operator, state), outputs, inputs).mean()

        task = Task(loss, staged.target(operator, outputs))
        return staged.stages(operator), staged.begin(operator, inputs), task


@eqx.filter_jit
def _begun(work: _Work, moving: Any, fixed: Any, inputs: Array, outputs: Array, key: Array) -> Any:
    return work.rule.begin(*work.given(eqx.combine(moving, fixed), inputs, outputs), key)


@eqx.filter_jit
def _found(
    work: _Work, moving: Any, fixed: Any, inputs: Array, outputs: Array, turn: tuple[Any, Array]
) -> tuple[Array, Any, Any, Any]:
    stages, state, task = work.given(eqx.combine(moving, fixed), inputs, outputs)
    memory, key = turn
    found: Slope = work.staged.slope(work.rule, stages, state, task, memory=memory, key=key)
    slope = work.staged.pulled(moving, fixed, found.slopes)
    return found.value, slope, dict(found.log), found.memory
