"""Sequence blocks: causal maps of sequences, all times at once or one step at a time."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import Key, OptionError, jax_key
from residuum.blocks._abstract import Block
from residuum.blocks._stage import AFFINE, DIFFERENTIABLE, Capability, Stage, Step

State = Any
"""What a block remembers: a tree of arrays whose first axis is the sequence."""


class SequenceBlock(Stage):
    """A causal map (n, time, inputs) → (n, time, outputs), with a memory.

    ``step`` takes one moment and what is remembered, for streams and for closures inside a time
    integration; ``unit(x)`` gives what all steps from ``start`` would, and may be faster. JAX
    arrays are trained, NumPy arrays are constants.
    """

    @property
    @abstractmethod
    def inputs(self) -> int:
        """Features in."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Features out."""

    @abstractmethod
    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        """Return the memory of ``count`` sequences at rest."""

    @abstractmethod
    def step(self, state: State, x: Array) -> tuple[State, Array]:
        """Take one moment, shape (n, inputs); return the new memory and (n, outputs)."""

    def __call__(self, x: Array) -> Array:
        self.check(x)
        return jnp.swapaxes(self._scanned(x), 0, 1)

    def check(self, x: Array) -> None:
        """Raise unless the sequences have the shape (n, time, inputs)."""
        if x.ndim != 3 or x.shape[2] != self.inputs:
            raise OptionError(
                f"sequences of shape (n, time, {self.inputs})",
                str(x.shape),
                "One row per sequence, then one per moment.",
            )

    def _scanned(self, x: Array) -> Array:
        first = self.start(len(x), x.dtype)
        # A bound method of a module of arrays has no hash, which a scan asks of its function.
        return jax.lax.scan(lambda m, row: self.step(m, row), first, jnp.swapaxes(x, 0, 1))[1]


class PerTime(SequenceBlock):
    """A block applied at every moment, with no memory."""

    block: Block

    @property
    def capabilities(self) -> frozenset[Capability]:
        return AFFINE if self.block.signature.linear else DIFFERENTIABLE

    @property
    def inputs(self) -> int:
        return self.block.signature.inputs

    @property
    def outputs(self) -> int:
        return self.block.signature.outputs

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return ()

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        return state, self.block(x)

    def __call__(self, x: Array) -> Array:
        self.check(x)
        return self.block(x.reshape(-1, self.inputs)).reshape(*x.shape[:2], self.outputs)


class Stack(SequenceBlock):
    """Sequence blocks one after another; ``skips`` names those that add to their input."""

    parts: tuple[SequenceBlock, ...]
    skips: tuple[bool, ...] = eqx.field(static=True)

    def __check_init__(self) -> None:
        widths = [(part.inputs, part.outputs) for part in self.parts]
        fits = all(a[1] == b[0] for a, b in itertools.pairwise(widths))
        adds = all(not s or w[0] == w[1] for s, w in zip(self.skips, widths, strict=False))
        if not self.parts or len(self.skips) != len(self.parts) or not fits or not adds:
            raise OptionError(
                "parts that take what the part before gives",
                str(widths),
                "A part that adds to its input gives as many features.",
            )

    @property
    def inputs(self) -> int:
        return self.parts[0].inputs

    @property
    def outputs(self) -> int:
        return self.parts[-1].outputs

    def stages(self) -> tuple[Stage, ...]:
        """Return the stages of the parts; a part that adds to its input is one."""
        found: list[Stage] = []
        for part, skip in zip(self.parts, self.skips, strict=True):
            found += [Step(part, _added)] if skip else part.stages()
        return tuple(found)

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return tuple(part.start(count, dtype) for part in self.parts)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        after = []
        for part, skip, memory in zip(self.parts, self.skips, state, strict=True):
            memory, y = part.step(memory, x)
            after.append(memory)
            x = x + y if skip else y
        return tuple(after), x

    def __call__(self, x: Array) -> Array:
        self.check(x)
        for part, skip in zip(self.parts, self.skips, strict=True):
            x = x + part(x) if skip else part(x)
        return x


def _added(part: SequenceBlock, x: Array) -> Array:
    """Return what a part adds to its input, added."""
    return x + part(x)


class CausalConvolution(SequenceBlock):
    """y_t = b + Σ_k x_{t-k} W_k over the last moments: the embedding of patches of time.

    Args:
        weight: W, shape (side, inputs, outputs); W_0 takes the newest moment.
        bias: shape (outputs,).
    """

    weight: Array
    bias: Array

    @property
    def capabilities(self) -> frozenset[Capability]:
        return AFFINE

    @property
    def inputs(self) -> int:
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.weight.shape[2])

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return jnp.zeros((count, len(self.weight) - 1, self.inputs), dtype)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        window = jnp.concatenate([x[:, None], state], axis=1)
        return window[:, :-1], jnp.einsum("nki,kio->no", window, self.weight) + self.bias

    def __call__(self, x: Array) -> Array:
        self.check(x)
        side, time = len(self.weight), x.shape[1]
        padded = jnp.pad(x, ((0, 0), (side - 1, 0), (0, 0)))
        parts = [
            padded[:, side - 1 - k : side - 1 - k + time] @ self.weight[k] for k in range(side)
        ]
        return sum(parts[1:], parts[0]) + self.bias


def causal_convolution(inputs: int, outputs: int, side: int, key: Key) -> CausalConvolution:
    """Return a trained convolution with weights of variance 1 / (side · inputs) and no bias.

    Raises:
        OptionError: a number is below one.
    """
    if min(inputs, outputs, side) < 1:
        raise OptionError("numbers of one or more", f"{inputs}, {outputs}, {side}", "1, 8, 4.")
    weight = jax.random.normal(jax_key(key, 0), (side, inputs, outputs))
    return CausalConvolution(weight / jnp.sqrt(side * inputs), jnp.zeros(outputs))
