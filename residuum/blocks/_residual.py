"""Residual blocks as affine and elementwise stages, which every rule can work with."""

from __future__ import annotations

from typing import Any

import jax
from jax import Array

from residuum.blocks._abstract import Block
from residuum.blocks._dense import dense
from residuum.blocks._stage import Composed, Stage, Step


def residual(layer: Any, active: Any) -> tuple[Stage, Stage, Stage]:
    """Return x + layer(active(x)) in three stages: twice x, active on one of them, their sum.

    Args:
        layer: affine, from features to as many.
        active: elementwise, without parameters; compared by value.
    """
    return (
        Step((), _twice, affine=True),
        Step((), _on_second, (active,), elementwise=True),
        Step(layer, _summed, affine=True),
    )


def _twice(_: tuple[()], x: Array) -> tuple[Array, Array]:
    return x, x


def _on_second(_: tuple[()], state: tuple[Array, Array], active: Any) -> tuple[Array, Array]:
    return state[0], active(state[1])


def _summed(layer: Any, state: tuple[Array, Array]) -> Array:
    found: Array = state[0] + layer(state[1])
    return found


def residual_network(first: Block, blocks: int, last: Block, *, active: Any, key: Any) -> Composed:
    """Return first, some residual blocks of its width, last.

    Args:
        first: from the inputs to the width.
        blocks: how many.
        last: from the width to the outputs.
        active: elementwise function such as ``Tanh(width)``.
        key: JAX key of the dense layers of the blocks, which start at 1/√blocks of Glorot's size.
    """
    parts: list[Stage] = [first]
    width = first.signature.outputs
    for part in jax.random.split(key, blocks):
        made = dense(width, width, part)
        small = type(made)(made.weight / blocks**0.5, made.bias)
        parts += residual(small, active)
    return Composed((*parts, last))
