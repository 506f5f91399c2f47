"""A block that can be run but not differentiated, as a device on a table is."""

from __future__ import annotations

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from residuum._core import OptionError
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._stage import Capability


class NotDifferentiable(OptionError):
    """A derivative was asked of a block that can only be called."""


def fixed(block: Block) -> Block:
    """Return a block whose arrays are constants: nothing of it is trained."""
    made: Block = jax.tree.map(lambda leaf: np.asarray(leaf) if eqx.is_array(leaf) else leaf, block)
    return made


def _refused(primals: Any, tangents: Any, *, name: str) -> Any:
    raise NotDifferentiable(
        "a block with a derivative",
        f"a black box around {name}",
        "Train without its derivative: a rule that needs forward runs only, MeasuredResponse, "
        "or its twin.",
    )


# The identity as an operation of its own: rules of JAX's custom derivatives are lost where a
# derivative of a rule is taken.
same_p = Primitive("same_without_derivative")
same_p.def_impl(lambda x, *, name: x)
same_p.def_abstract_eval(lambda x, *, name: x)
ad.primitive_jvps[same_p] = _refused
batching.defvectorized(same_p)
mlir.register_lowering(same_p, lambda context, x, *, name: [x])


def sealed(tree: Any, name: str) -> Any:
    """Return a tree through whose floating arrays no derivative passes: NotDifferentiable."""

    def same(leaf: Any) -> Any:
        moves = isinstance(leaf, Array) and jnp.issubdtype(leaf.dtype, jnp.inexact)
        return same_p.bind(leaf, name=name) if moves else leaf

    return jax.tree.map(same, tree)


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
        self.block = fixed(block)

    @property
    def signature(self) -> Signature:
        return self.block.signature

    @property
    def capabilities(self) -> frozenset[Capability]:
        """None: the block can only be called."""
        return frozenset()

    def __call__(self, x: Array) -> Array:
        block, given = sealed((self.block, x), type(self.block).__name__)
        answer: Array = block(given)
        return answer
