"""A device whose derivative by what drives it is measured: a few more runs, and no model of it."""

from __future__ import annotations

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._stage import DIFFERENTIABLE, Capability
from residuum.blocks.physical._black_box import fixed


@eqx.filter_custom_jvp
def _answer(block: Block, step: float, x: Array) -> Array:
    answer: Array = block(x)
    return answer


@_answer.def_jvp  # type: ignore[untyped-decorator]
def _measured(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    block, step, x = primals
    value, moved = _answer(block, step, x), tangents[2]
    if moved is None:
        return value, jnp.zeros_like(value)

    def difference(turn: Array) -> Array:
        return (block(x + step * turn) - block(x - step * turn)) / (2 * step)

    # Rows are apart: one pair of runs turns the same input of all of them.
    columns = jax.lax.map(difference, jnp.eye(x.shape[-1], dtype=x.dtype))
    return value, jnp.einsum("i...o,...i->...o", columns, moved)


@final
class MeasuredResponse(Block):
    """Runs a block; its derivative by the input is a central difference of two runs per input.

    What comes before a ``BlackBox`` or a device on a table is then trained by every rule that asks
    for gradients alone, and trained again by the same runs after a drift. A derivative costs 2 ·
    inputs runs on the batch, where a differentiable twin costs about two. It is off by a sixth of
    the step squared times the third derivative, and by the noise of a reading over the step.

    Args:
        block: rows to rows, each by itself; called, never differentiated.
        step: by which an input is turned: 0.05 for inputs of size one in single precision; with
            noise a larger one, up to where the response bends.

    Breaks with hundreds of inputs (runs) and where noise exceeds what a step changes. A second
    derivative is that of the differences, and refused where the block refuses.

    Raises:
        OptionError: the step is not above 0, or not finite.
    """

    block: Block
    step: float = eqx.field(static=True)

    def __init__(self, block: Block, step: float = 0.05) -> None:
        if not 0 < step < float("inf"):
            raise OptionError("a finite step above 0", str(step), "Try 0.05.")
        self.block, self.step = fixed(block), step

    @property
    def signature(self) -> Signature:
        return self.block.signature

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Gradients: by its input they are measured; the block inside is not trained."""
        return DIFFERENTIABLE

    def __call__(self, x: Array) -> Array:
        answer: Array = _answer(self.block, self.step, x)
        return answer
