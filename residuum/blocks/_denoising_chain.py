"""A chain of blocks, each of which turns a noised answer and the input into the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError
from residuum.blocks._stage import DIFFERENTIABLE, Capability, Stage

CLEAN = 1.0 - 1e-3
"""Largest signal level: the last ratio of signal to noise stays finite."""


@final
class DenoisingChain(Stage):
    """z_t = a_t f_t([z_{t-1}, x]) + b_t z_{t-1} for t = 1 … T, from z₀ = noise or its mean, zero.

    With signal levels g_t, z_t = sqrt(g_t) u + sqrt(1 - g_t) · noise where the blocks tell u:
    b_t = sqrt((1 - g_t)/(1 - g_{t-1})) keeps the noise that is left, and a_t = sqrt(g_t) -
    b_t sqrt(g_{t-1}) makes up the signal, so that each block meets in use what it was trained on.
    Levels go from 0 (pure noise) by sin² to 0.999; the answer is that of the last block.

    Args:
        blocks: f_t, from (n, outputs + features) to (n, outputs).
        outputs: numbers of an answer; scale answers to size one.

    Raises:
        OptionError: no block.

    Source: Q. Li, Y. W. Teh, R. Pascanu, arXiv:2503.24322.
    """

    blocks: tuple[Stage, ...]
    outputs: int = eqx.field(static=True)

    def __init__(self, blocks: Sequence[Stage], outputs: int) -> None:
        if not blocks or outputs < 1:
            raise OptionError("a block and an output or more", f"{len(blocks)}, {outputs}", "Add.")
        self.blocks, self.outputs = tuple(blocks), outputs

    @property
    def capabilities(self) -> frozenset[Capability]:
        return DIFFERENTIABLE

    @property
    def levels(self) -> tuple[float, ...]:
        """g_0 = 0 to g_T."""
        count = len(self.blocks)
        return tuple(CLEAN * math.sin(0.5 * math.pi * t / count) ** 2 for t in range(count + 1))

    def denoised(self, index: int, z: Array, state: Array) -> Array:
        """Return the answer that a block reads out of z (n, outputs) and features."""
        found: Array = self.blocks[index](jnp.concatenate([z, state], axis=1))
        return found

    def __call__(self, state: Array) -> Array:
        """Return answers (n, outputs) of features (n, features), without noise."""
        return self.path(state, jnp.zeros((state.shape[0], self.outputs), state.dtype))

    def path(self, state: Array, z: Array) -> Array:
        """Return answers (n, outputs) from a start z of unit normal noise, or from its mean."""
        g, answer = self.levels, z
        for t in range(len(self.blocks)):
            answer = self.denoised(t, z, state)
            keep = math.sqrt((1 - g[t + 1]) / (1 - g[t]))
            z = (math.sqrt(g[t + 1]) - keep * math.sqrt(g[t])) * answer + keep * z
        return answer

    def stochastic(self, state: Array, key: Array) -> Array:
        """Return answers with fresh noise at every step: z_t = sqrt(g_t) f_t + sqrt(1 - g_t) ε."""
        keys, g = jax.random.split(key, len(self.blocks)), self.levels
        z = answer = jax.random.normal(keys[0], (state.shape[0], self.outputs), state.dtype)
        for t in range(len(self.blocks)):
            if t:
                noise = jax.random.normal(keys[t], z.shape, z.dtype)
                z = math.sqrt(g[t]) * answer + math.sqrt(1 - g[t]) * noise
            answer = self.denoised(t, z, state)
        return answer
