"""Slopes by turning one parameter after another and reading the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jax.flatten_util import ravel_pytree

from residuum._core import OptionError, Source
from residuum.blocks import Stage, run
from residuum.learning._gradient_rule import GradientRule, Slope, Task

AT_ONCE = 16
"""Parameters that are turned side by side; memory grows with it."""


@final
@dataclass(frozen=True)
class ForwardDifferences(GradientRule):
    """(loss(p + step) - loss(p)) / step for every parameter p: one more forward run each.

    Asks nothing of the stages but that they can be called, a chip with phase shifters among them.
    Stages without any capability, such as black boxes, hold nothing that is trained: they are left
    alone. The slope is off by half the step times the second derivative, and by the rounding of the
    loss over the step.

    Args:
        step: by which a parameter is turned, in its own units; 0.01 suits phases in radians, in
            single precision.

    Breaks where a model has more than a few thousand parameters: the cost is their number.
    """

    step: float = 0.01

    name: ClassVar[str] = "forward_differences"
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "nanophotonic-mzi",
            "Deep Learning with Coherent Nanophotonic Circuits",
            "Y. Shen, N. C. Harris, S. Skirlo, M. Prabhu, T. Baehr-Jones, M. Hochberg, X. Sun, "
            "S. Zhao, H. Larochelle, D. Englund, M. Soljačić",
            2017,
            "doi:10.1038/nphoton.2017.93",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if not self.step > 0:
            raise OptionError("a step above 0", str(self.step), "Try 0.01.")

    def gradient(
        self, stages: Sequence[Stage], state: Any, task: Task, *, memory: Any, key: Array
    ) -> Slope:
        free = tuple(
            eqx.filter(stage, eqx.is_inexact_array if stage.capabilities else False)
            for stage in stages
        )
        vector, unravel = ravel_pytree(free)
        if jnp.iscomplexobj(vector):
            raise OptionError("real parameters", "complex ones", "Train their real parts.")

        def loss(turned: Array) -> Array:
            moved = eqx.combine(unravel(turned), tuple(stages))
            return task.loss(run(moved, state))

        value = loss(vector)

        def slope(i: Array) -> Array:
            return (loss(vector.at[i].add(self.step)) - value) / self.step

        count = jnp.arange(vector.size)
        found = jax.lax.map(slope, count, batch_size=AT_ONCE) if vector.size else vector
        slopes = zip(unravel(found.astype(vector.dtype)), stages, strict=True)
        return Slope(value, tuple(_filled(part, stage) for part, stage in slopes), memory)


def _filled(slope: Any, stage: Stage) -> Any:
    """Return the slope with zeros for the arrays that were left alone."""
    zeros = jax.tree.map(jnp.zeros_like, eqx.filter(stage, eqx.is_inexact_array))
    return eqx.combine(slope, zeros)
