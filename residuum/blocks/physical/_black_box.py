"""A block that can be run but not differentiated, as a device on a table is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._stage import Capability


class NotDifferentiable(OptionError):
    """A derivative was asked of a block that can only be called."""


@eqx.filter_custom_jvp
def sealed(call: Callable[[Any, Array], Array], block: Any, x: Array) -> Array:
    """Return call(block, x); raise NotDifferentiable where a derivative through it is traced."""
    return call(block, x)


@sealed.def_jvp  # type: ignore[untyped-decorator]
def _refused(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Array, Array]:
    call, block, x = primals
    if any(leaf is not None for leaf in jax.tree.leaves(tangents)):
        raise NotDifferentiable(
            "a block with a derivative",
            f"a black box around {type(block).__name__}",
            "Train without its derivative: a rule that needs forward runs only, or its twin.",
        )
    value = sealed(call, block, x)
    return value, jnp.zeros_like(value)


def _apply(block: Block, x: Array) -> Array:
    return block(x)


@final
class BlackBox(Block):
    """Runs a block and refuses every derivative through it.

    Works under ``jit``, ``vmap`` and ``scan``. A derivative of something else passes, as long as
    nothing it depends on goes through the box (``jax.lax.stop_gradient`` cuts that). All arrays of
    the block become constants: nothing of it is trained.

    Args:
        block: what is inside.

    Raises:
        NotDifferentiable: where a derivative is traced through the box.
    """

    block: Block

    def __init__(self, block: Block) -> None:
        def constant(leaf: Any) -> Any:
            return np.asarray(leaf) if eqx.is_array(leaf) else leaf

        self.block = jax.tree.map(constant, block)

    @property
    def signature(self) -> Signature:
        return self.block.signature

    @property
    def capabilities(self) -> frozenset[Capability]:
        """None: the block can only be called."""
        return frozenset()

    def __call__(self, x: Array) -> Array:
        answer: Array = sealed(_apply, self.block, x)
        return answer
