"""Many steps of an additive scheme: compiled in chunks, with kept states, watched in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Result
from residuum.discretise.time._additive import Additive

OUTPUTS = 8
"""Kept states per chunk, and intervals per slab of the field made of them."""

Nonlinear = Callable[[Array, Array, Any], Array]
"""State, time and data to N(v, t)."""


@final
@dataclass
class History:
    """Kept states of an integration.

    Args:
        times: (k,).
        states: (k, …), all finite.
        result: how it ended.
        steps: steps taken.
    """

    times: np.ndarray
    states: np.ndarray
    result: Result
    steps: int


@final
class Chunks:
    """Compiled chunks of steps for one nonlinear part and one symbol.

    Args:
        scheme: how to step.
        nonlinear: N(v, t, data).
        symbol: L, (entries, …), or a matrix at every mode, (entries, entries, …).
        example: a state, for its shape.
        data: arrays handed on to ``nonlinear``.
    """

    def __init__(
        self, scheme: Additive, nonlinear: Nonlinear, *, symbol: Any, example: np.ndarray, data: Any
    ) -> None:
        self.scheme, self.symbol = scheme, np.asarray(symbol)
        self.block = self.symbol.ndim > example.ndim
        self.data = jax.tree.map(jnp.asarray, data)

        def chunk(
            state: Array, begin: Array, step: Array, stride: Array, numbers: Any, data: Any
        ) -> tuple[Array, Array]:
            def once(i: Array, v: Array) -> Array:
                return scheme.once(
                    v,
                    begin + i * step,
                    step,
                    numbers=numbers,
                    rate=lambda w, t: nonlinear(w, t, data),
                )

            def kept(v: Array, k: Array) -> tuple[Array, Array]:
                v = jax.lax.fori_loop(k * stride, (k + 1) * stride, once, v)
                return v, v

            return jax.lax.scan(kept, state, jnp.arange(OUTPUTS))

        zero, numbers = jnp.zeros(()), self.numbers(1.0, np.zeros_like(self.symbol))
        state, stride = jnp.asarray(example, complex), jnp.asarray(1)
        self.chunk = jax.jit(chunk).lower(state, zero, zero, stride, numbers, self.data).compile()

    def numbers(self, step: float, symbol: np.ndarray | None = None) -> Any:
        """Return the scheme's coefficients for a step length."""
        symbol = self.symbol if symbol is None else symbol
        return jax.tree.map(jnp.asarray, self.scheme.numbers(symbol, step, block=self.block))

    def march(
        self,
        start: np.ndarray,
        interval: tuple[float, float],
        *,
        chunks: int,
        stride: int,
        watch: Callable[[float], bool] | None = None,
    ) -> History:
        """Take ``8·chunks·stride`` steps and keep every ``stride``-th state.

        Args:
            start: first state.
            interval: start and end of time.
            chunks: pieces after which the watch is called; finite states are checked there.
            stride: steps between kept states.
            watch: progress and budget; false stops.

        Returns:
            The history, partial where ``result`` says so.
        """
        step = (interval[1] - interval[0]) / (OUTPUTS * chunks * stride)
        numbers, first = self.numbers(step), np.asarray(start, complex)
        state, kept, result = jnp.asarray(first), [first[None]], Result.SUCCESSFUL
        limit = 1e8 * max(float(np.abs(first).max()), 1.0)
        length, count = jnp.asarray(step), jnp.asarray(stride)
        try:
            for k in range(chunks):
                begin = interval[0] + k * OUTPUTS * stride * step
                state, found = self.chunk(
                    state, jnp.asarray(begin), length, count, numbers, self.data
                )
                outputs = np.asarray(found)
                if not np.abs(outputs).max() < limit:
                    result = Result.DIVERGED
                    break
                kept.append(outputs)
                ended = begin + OUTPUTS * stride * step
                if watch is not None and k + 1 < chunks and not watch(ended):
                    result = Result.OUT_OF_BUDGET
                    break
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
        states = np.concatenate(kept)
        taken = len(states) - 1
        times = interval[0] + step * stride * np.arange(taken + 1)
        return History(times, states, result, taken * stride)
