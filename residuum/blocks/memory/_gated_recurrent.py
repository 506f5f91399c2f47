"""Gated recurrent unit with a linear read-out: the usual rival of memory units."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks._abstract import is_trained
from residuum.blocks._dense import Dense, dense
from residuum.blocks.memory._sequence import SequenceBlock, State


class GatedRecurrent(SequenceBlock):
    """A GRU cell and a dense read-out of its state.

    Args:
        cell: ``equinox.nn.GRUCell``.
        read: dense block from the state to the outputs.

    Source: K. Cho et al., arXiv:1406.1078.
    """

    cell: eqx.nn.GRUCell
    read: Dense

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "gated-recurrent-unit",
            "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine "
            "Translation",
            "K. Cho, B. van Merriënboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk, "
            "Y. Bengio",
            2014,
            "arXiv:1406.1078",
            "runs",
        ),
    )

    @property
    def inputs(self) -> int:
        return int(self.cell.input_size)

    @property
    def outputs(self) -> int:
        return self.read.signature.outputs

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return jnp.zeros((count, self.cell.hidden_size), dtype)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        state = jax.vmap(self.cell)(x, state)
        return state, self.read(state)


def gated_recurrent(inputs: int, outputs: int, key: Key, *, width: int = 32) -> GatedRecurrent:
    """Return a unit with a state of ``width`` numbers.

    Raises:
        OptionError: a number is below one.
    """
    if min(inputs, outputs, width) < 1:
        raise OptionError("numbers of one or more", f"{inputs}, {outputs}, {width}", "1, 1, 32.")
    cell = eqx.nn.GRUCell(inputs, width, key=jax_key(key, 0))
    return GatedRecurrent(cell, dense(width, outputs, jax_key(key, 1)))


def parameters(block: SequenceBlock) -> int:
    """Return how many trained numbers a sequence block has."""
    return sum(np.size(leaf) for leaf in jax.tree.leaves(block) if is_trained(leaf))
