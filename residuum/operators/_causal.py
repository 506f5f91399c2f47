"""Memory units as operators: one axis, which is time, and answers that do not look ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, final

import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks import Stage
from residuum.blocks.memory import LegendreUnit, SequenceBlock, legendre_unit
from residuum.operators._abstract import GridFrame, Operator, OperatorArchitecture

Unit = Callable[[int, int, Key], SequenceBlock]
"""Makes a sequence block from its features in and out and a key."""


@final
class CausalOperator(Operator):
    """A sequence block on grids of one axis; ``block`` is what a stream or a closure takes.

    Args:
        block: the sequence block.
    """

    block: SequenceBlock

    any_grid: ClassVar[bool] = False

    def stages(self) -> tuple[Stage, ...]:
        """Return the stages of the block."""
        return self.block.stages()

    def __call__(self, inputs: Array) -> Array:
        return jnp.asarray(self.block(inputs))


@final
@dataclass(frozen=True)
class Causal(OperatorArchitecture):
    """A memory unit, trained as any operator is; the one axis of the frame is time.

    Memories count in steps, so that another grid of time is another memory.

    Args:
        unit: makes the block; ``partial(legendre_unit, order=12, window=64.0)``, say.

    Raises:
        OptionError: at ``build``, the frame has several axes, is periodic, or has times besides.

    Source: that of the unit.
    """

    unit: Unit = field(default_factory=lambda: partial(legendre_unit, order=12, window=64.0))

    name: ClassVar[str] = "causal"
    sources: ClassVar[tuple[Source, ...]] = LegendreUnit.sources

    def build(self, frame: GridFrame, key: Key) -> CausalOperator:
        """Return the operator before training."""
        if len(frame.shape) != 1 or frame.edges[0] == "wrap" or frame.times:
            got = f"{len(frame.shape)} axes, edges {frame.edges}, times {frame.times}"
            raise OptionError("one axis of time with two ends", got, "Make the moments the grid.")
        return CausalOperator(self.unit(frame.inputs, frame.outputs, key))
