"""A model in stages for a learning rule: where they are, and the way of slopes back to weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError
from residuum.blocks import Capability, Stage, checkpointed, run
from residuum.blocks._abstract import is_trained
from residuum.learning._gradient_rule import GradientRule, Slope, Task, cosine
from residuum.learning.rules import Backpropagation

Memory = Literal["stored", "checkpoints", "reversible"]
MEMORIES = ("stored", "checkpoints", "reversible")

Make = Callable[[Any], tuple[Stage, ...]]
"""From a model to its stages; a function defined once."""


@dataclass(frozen=True)
class Staged:
    """Which stages of a model learn. Constants at both ends are no stages for the rule.

    Args:
        make: from the model to all stages.
        first, last: the stages from ``first`` to before ``last`` learn.
        trained: paths of the arrays of these that are trained.
        checkpoints: whether only the states between stages are kept for gradients.
    """

    make: Make
    first: int
    last: int
    trained: frozenset[str]
    checkpoints: bool = False

    @staticmethod
    def of(model: Any, make: Make, memory: Memory = "stored") -> Staged:
        """Look at a model before training: NumPy arrays in it are constants."""
        stages = make(model)
        learn = [any(map(is_trained, jax.tree.leaves(stage))) for stage in stages]
        if not any(learn):
            raise OptionError("a model with trained arrays", "none", "Solve for it instead.")
        first = learn.index(True)
        last = len(learn) - learn[::-1].index(True)
        # What cannot be undone stays a stage, so that the target is known at the end.
        if not all(Capability.INVERSE in stage.capabilities for stage in stages[last:]):
            last = len(stages)
        bare = Staged(make, first, last, frozenset(), memory == "checkpoints")
        leaves = jax.tree_util.tree_flatten_with_path(bare.stages(model))[0]
        trained = frozenset(_name(path) for path, leaf in leaves if is_trained(leaf))
        return replace(bare, trained=trained)

    def stages(self, model: Any) -> tuple[Stage, ...]:
        """Return the stages that learn."""
        found = self.make(model)[self.first : self.last]
        return checkpointed(found) if self.checkpoints else found

    def begin(self, model: Any, state: Any) -> Any:
        """Return the state that the first stage which learns takes."""
        return run(self.make(model)[: self.first], state)

    def end(self, model: Any, state: Any) -> Any:
        """Return the answer from the state after the last stage which learns."""
        return run(self.make(model)[self.last :], state)

    def target(self, model: Any, answer: Any) -> Any:
        """Return the state after the last stage which learns, from an answer."""
        for stage in reversed(self.make(model)[self.last :]):
            answer = stage.inverse(answer)  # type: ignore[attr-defined]
        return answer

    def slope(
        self,
        rule: GradientRule,
        stages: Sequence[Stage],
        state: Any,
        task: Task,
        *,
        memory: Any,
        key: Array,
    ) -> Slope:
        """Return what a rule finds, without slopes of constants.

        With ``compare`` the log also holds cosines with the gradient.
        """
        found = rule.gradient(stages, state, task, memory=memory, key=key)
        slopes, log = self._masked(found.slopes), dict(found.log)
        if rule.compare:
            plain = Backpropagation().gradient(stages, state, task, memory=(), key=key)
            true = self._masked(plain.slopes)
            log["alignment"] = cosine(slopes, true)
            for i, pair in enumerate(zip(slopes, true, strict=True)):
                if jax.tree.leaves(pair[0]):
                    log[f"alignment {i}"] = cosine(*pair)
        return found._replace(slopes=slopes, log=log)

    def _masked(self, slopes: Sequence[Any]) -> tuple[Any, ...]:
        """Return slopes with zeros where arrays are constants: compiled, they look trained."""
        leaves, shape = jax.tree_util.tree_flatten_with_path(tuple(slopes))
        found = [v if _name(p) in self.trained else jnp.zeros_like(v) for p, v in leaves]
        masked: tuple[Any, ...] = jax.tree.unflatten(shape, found)
        return masked

    def pulled(self, moving: Any, fixed: Any, slopes: Sequence[Any]) -> Any:
        """Return the gradient by the moving arrays of the model, from slopes of its stages."""

        def arrays(part: Any) -> Any:
            return eqx.filter(self.stages(eqx.combine(part, fixed)), eqx.is_inexact_array)

        return jax.vjp(arrays, moving)[1](tuple(slopes))[0]


def solved(staged: Staged, moving: Any, fixed: Any, change: Any) -> Any:
    """Return the moving arrays of a model after a change of its last stage's parameters."""
    stages = staged.stages(eqx.combine(moving, fixed))
    still = jax.tree.map(jnp.zeros_like, eqx.filter(stages[:-1], eqx.is_inexact_array))
    # Arrays are only handed on to stages, so that the transpose of that puts them back.
    move = staged.pulled(moving, fixed, (*still, change))
    return jax.tree.map(jnp.add, moving, move)


def _name(path: Any) -> str:
    return jax.tree_util.keystr(path)
