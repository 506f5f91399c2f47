"""Backpropagation, stage by stage: the ceiling that every other rule is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
from jax import Array

from residuum._core import Source
from residuum.blocks import DIFFERENTIABLE, Capability, Stage
from residuum.learning._gradient_rule import GradientRule, Slope, Task, ahead


@final
@dataclass(frozen=True)
class Backpropagation(GradientRule):
    """The chain rule backwards through all stages.

    It needs the gradient of every stage, by parameters and by input, and keeps what they need
    (``memory="checkpoints"`` keeps the states between stages alone).
    """

    name: ClassVar[str] = "backpropagation"
    needs: ClassVar[frozenset[Capability]] = DIFFERENTIABLE
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "backpropagation",
            "Learning representations by back-propagating errors",
            "D. E. Rumelhart, G. E. Hinton, R. J. Williams",
            1986,
            "doi:10.1038/323533a0",
            "verified",
        ),
    )

    @property
    def exact(self) -> bool:
        return True

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        pulls = []
        for stage in stages:
            state, pull = ahead(stage, state)
            pulls.append(pull)
        value, error = jax.value_and_grad(task.loss)(state)
        slopes = []
        for pull in reversed(pulls):
            slope, error = pull(error)
            slopes.append(slope)
        return Slope(value, tuple(reversed(slopes)), memory)
