"""What the dense blocks of a model are given, seen from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks import Dense
from residuum.blocks._abstract import Block, Signature


def _is_dense(node: Any) -> bool:
    return isinstance(node, Dense)


def affine_parts(model: Any) -> list[Dense]:
    """Return the dense blocks of a model, in the order of its tree."""
    return [leaf for leaf in jax.tree.leaves(model, is_leaf=_is_dense) if _is_dense(leaf)]


def activity_of(model: Any, inputs: Array) -> list[np.ndarray | None]:
    """Return what every dense block is given when a model is called, in the order of its tree.

    Args:
        model: called with the inputs.
        inputs: as the model takes them.

    Returns:
        Per block, shape (n, features); ``None`` for one that was not called.

    Raises:
        OptionError: the model has no dense block.
    """
    count = len(affine_parts(model))
    if count == 0:
        got, remedy = f"{type(model).__name__} with none", "Take a model of dense blocks."
        raise OptionError("a model with dense blocks", got, remedy)
    heard: list[list[np.ndarray]] = [[] for _ in range(count)]
    left = iter(heard)

    def listening(node: Any) -> Any:
        return _Listening(node, next(left).append) if _is_dense(node) else node

    jax.block_until_ready(jax.tree.map(listening, model, is_leaf=_is_dense)(inputs))
    jax.effects_barrier()
    return [np.concatenate([_rows(x) for x in parts]) if parts else None for parts in heard]


def _rows(x: Any) -> np.ndarray:
    return np.asarray(x).reshape(-1, np.shape(x)[-1])


@final
class _Listening(Block):
    """A dense block that tells what it is given, from compiled code too."""

    inner: Dense
    tell: Callable[[Any], None] = eqx.field(static=True)

    @property
    def signature(self) -> Signature:
        return self.inner.signature

    def __call__(self, x: Array) -> Array:
        jax.debug.callback(self.tell, x)
        return self.inner(x)
