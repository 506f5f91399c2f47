"""Legendre memory unit: a trained cell around the fixed memory, and its fit by least squares."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import DataError, Key, OptionError, Source, jax_key
from residuum.blocks._abstract import Block
from residuum.blocks._activation import Tanh
from residuum.blocks._stage import Stage, Step
from residuum.blocks.memory._legendre import LMUFORMER, VOELKER, LegendreMemory
from residuum.blocks.memory._sequence import SequenceBlock, State


class LegendreUnit(SequenceBlock):
    """u = x E + c, m = memory of u, h = f(m W_m + x W_x + b).

    No trained number lies on the recurrence, so all times are computed at once and gradients
    neither vanish nor grow.

    Args:
        memory: the fixed memory.
        encoder: E, shape (inputs, channels); NumPy to hold it.
        shift: c, shape (channels,).
        from_memory: W_m, shape (channels · order, outputs).
        from_input: W_x, shape (inputs, outputs).
        bias: b, shape (outputs,).
        activation: f, a block of as many features; None for a linear read-out.

    Good start: ``legendre_unit(inputs, outputs, key)``.

    Source: A. R. Voelker, I. Kajić, C. Eliasmith, NeurIPS 2019; Z. Liu et al., arXiv:2402.04882.
    """

    memory: LegendreMemory
    encoder: Array | np.ndarray
    shift: Array | np.ndarray
    from_memory: Array
    from_input: Array
    bias: Array
    activation: Block | None = None

    sources: ClassVar[tuple[Source, ...]] = (VOELKER, LMUFORMER)

    @property
    def inputs(self) -> int:
        return int(self.encoder.shape[0])

    @property
    def outputs(self) -> int:
        return int(self.from_memory.shape[1])

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return self.memory.start(count, dtype)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        state, memory = self.memory.step(state, x @ self.encoder + self.shift)
        return state, self._read(memory, x)

    def __call__(self, x: Array) -> Array:
        self.check(x)
        return self._read(self.memory(x @ self.encoder + self.shift), x)

    def stages(self) -> tuple[Stage, ...]:
        """Return the record of the input, and its read-out."""
        first = Step((self.memory, self.encoder, self.shift), _recorded)
        return first, Step(self._reader, _read_out)

    @property
    def _reader(self) -> tuple[Array, Array, Array, Block | None]:
        return self.from_memory, self.from_input, self.bias, self.activation

    def _read(self, memory: Array, x: Array) -> Array:
        return _read_out(self._reader, (memory, x))


def _recorded(parts: tuple[LegendreMemory, Array, Array], x: Array) -> tuple[Array, Array]:
    """Return the record of sequences, and themselves."""
    memory, encoder, shift = parts
    return memory(x @ encoder + shift), x


def _read_out(parts: tuple[Array, Array, Array, Block | None], state: tuple[Array, Array]) -> Array:
    """Return f(m W_m + x W_x + b)."""
    from_memory, from_input, bias, activation = parts
    h = state[0] @ from_memory + state[1] @ from_input + bias
    if activation is None:
        return h
    return activation(h.reshape(-1, h.shape[-1])).reshape(h.shape)


def legendre_unit(
    inputs: int,
    outputs: int,
    key: Key,
    *,
    channels: int = 1,
    order: int = 12,
    window: float = 100.0,
    linear: bool = False,
) -> LegendreUnit:
    """Return a unit with weights of variance one over their inputs; tanh unless linear.

    Raises:
        OptionError: a number is out of range.
    """
    memory = LegendreMemory(channels, order, window)
    weights = first_weights(inputs, outputs, memory, key)
    return LegendreUnit(memory, **weights, activation=None if linear else Tanh(outputs))


def first_weights(
    inputs: int, outputs: int, memory: LegendreMemory, key: Key, *, copies: int = 1
) -> dict[str, Array]:
    """Return weights of variance one over their inputs; ``copies`` rows read a number of memory."""
    if min(inputs, outputs) < 1:
        raise OptionError("features of one or more", f"{inputs}, {outputs}", "Correct them.")

    def drawn(i: int, rows: int, columns: int) -> Array:
        return jax.random.normal(jax_key(key, i), (rows, columns)) / np.sqrt(rows)

    return {
        "encoder": drawn(0, inputs, memory.channels),
        "shift": jnp.zeros(memory.channels),
        "from_memory": drawn(1, copies * memory.outputs, outputs),
        "from_input": drawn(2, inputs, outputs),
        "bias": jnp.zeros(outputs),
    }


def fitted_legendre(
    x: np.ndarray, y: np.ndarray, *, order: int = 12, window: float = 100.0, ridge: float = 1e-6
) -> LegendreUnit:
    """Return a linear unit whose read-out is fitted to sequences by one least-squares solve.

    Args:
        x: shape (n, time, inputs); every input is a channel of the memory.
        y: shape (n, time, outputs).
        order, window: of the memory.
        ridge: share of the mean square of the features that is added to the normal equations.

    Raises:
        DataError: shapes disagree, or numbers are not finite.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.ndim != 3 or y.ndim != 3 or x.shape[:2] != y.shape[:2]:
        raise DataError(
            "sequences (n, time, inputs) and (n, time, outputs)",
            f"{x.shape}, {y.shape}",
            "Give as many moments.",
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("finite sequences", "NaN or infinity", "Leave broken records out.")
    memory = LegendreMemory(x.shape[2], order, window)
    recorded = np.asarray(memory(jnp.asarray(x, jnp.float32)), float)
    ones = np.ones((*x.shape[:2], 1))
    features = np.concatenate([recorded, x, ones], axis=2).reshape(
        -1, memory.outputs + x.shape[2] + 1
    )
    size = np.sqrt(np.maximum((features**2).mean(axis=0), 1e-30))
    gram = (features / size).T @ (features / size) / len(features)
    right = (features / size).T @ y.reshape(-1, y.shape[2]) / len(features)
    found = np.linalg.solve(gram + ridge * np.eye(len(gram)), right) / size[:, None]
    found = jnp.asarray(found, jnp.float32)
    split = memory.outputs
    return LegendreUnit(
        memory,
        np.eye(x.shape[2], dtype=np.float32),
        np.zeros(x.shape[2], np.float32),
        found[:split],
        found[split:-1],
        found[-1],
    )
