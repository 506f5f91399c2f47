"""Many steps of an additive scheme: compiled in chunks, with kept states, watched in between.

Chunks are halved where the polynomial through their kept states would not follow the solution: a
layer at the start gets short ones without all others paying for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Result
from residuum._core._arrays import on_device
from residuum._core._programs import remembered
from residuum.discretise.time._additive import Additive

OUTPUTS = 8
"""Kept states per chunk, and intervals per slab of the field made of them."""
DEEPEST = 12
"""Most halvings of a chunk."""
DIFFERENCE = np.array([(-1) ** k * math.comb(OUTPUTS, k) for k in range(OUTPUTS + 1)], float)
"""The eighth difference."""
BETWEEN = 0.01
"""Error of the polynomial through nine even points by the eighth difference.

The product of the distances to the nine points has the root mean square 0.006 · 9!, and the ninth
difference is at most about the eighth where the points resolve the solution.
"""

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
        between: estimated relative L2 error of the polynomials between the kept states.
    """

    times: np.ndarray
    states: np.ndarray
    result: Result
    steps: int
    between: float = 0.0

    @property
    def ends(self) -> np.ndarray:
        """Ends of the chunks; handed to ``march`` they repeat its chunks."""
        return self.times[::OUTPUTS]


@final
class Chunks:
    """Compiled chunks of steps for one nonlinear part and one symbol.

    Args:
        scheme: how to step.
        nonlinear: N(v, t, data).
        symbol: L, (entries, …), or a matrix at every mode, (entries, entries, …).
        example: a state, for its shape.
        data: arrays handed on to ``nonlinear``.
        program: equal for nonlinear parts that differ in their data alone: what was compiled for
            one is used for all.
    """

    def __init__(
        self,
        scheme: Additive,
        nonlinear: Nonlinear,
        *,
        symbol: Any,
        example: np.ndarray,
        data: Any,
        program: Hashable = None,
    ) -> None:
        self.scheme, self.symbol = scheme, np.asarray(symbol)
        self.block = self.symbol.ndim > example.ndim
        self.data = jax.tree.map(on_device, data)

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
        entries = (state, zero, zero, stride, numbers, self.data)
        shapes = jax.tree.map(lambda x: (x.shape, str(x.dtype)), entries)
        key = None if program is None else ("chunk", repr(scheme), program, repr(shapes))
        self.chunk = remembered(key, lambda: jax.jit(chunk).lower(*entries).compile())

    def numbers(self, step: float, symbol: np.ndarray | None = None) -> Any:
        """Return the scheme's coefficients for a step length."""
        symbol = self.symbol if symbol is None else symbol
        return jax.tree.map(on_device, self.scheme.numbers(symbol, step, block=self.block))

    def march(
        self,
        start: np.ndarray,
        interval: tuple[float, float],
        *,
        chunks: int | np.ndarray,
        stride: int,
        watch: Callable[[float], bool] | None = None,
        smooth: tuple[float, int] | None = None,
    ) -> History:
        """Take ``8·chunks·stride`` steps, more where chunks are halved; keep every ``stride``-th.

        Args:
            start: first state.
            interval: start and end of time.
            chunks: how many even ones, or the ends of uneven ones in time.
            stride: steps between kept states.
            watch: progress and budget, called after every chunk that is kept; false stops.
            smooth: relative L2 error over time allowed between kept states, and the most chunks
                that may come of halving; no chunk is halved if left out.

        Returns:
            The history, partial where ``result`` says so.
        """
        if isinstance(chunks, int):
            chunks = np.linspace(*interval, chunks + 1)
        pieces = _Pieces(self, np.asarray(start, complex), chunks, stride, smooth)
        result = Result.SUCCESSFUL
        try:
            while pieces.waiting:
                if pieces.advance():
                    ended = pieces.ends[-1]
                    if watch is not None and pieces.waiting and not watch(ended):
                        result = Result.OUT_OF_BUDGET
                        break
                elif pieces.broken:
                    result = Result.DIVERGED
                    break
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
        return pieces.history(result)


@final
class _Pieces:
    """Where a march stands: chunks kept, and chunks to come, the next one last."""

    def __init__(
        self,
        made: Chunks,
        start: np.ndarray,
        ends: np.ndarray,
        stride: int,
        smooth: tuple[float, int] | None,
    ) -> None:
        self.made, self.stride, self.smooth = made, stride, smooth
        self.total, self.widest = float(ends[-1] - ends[0]), float(np.diff(ends).max())
        self.waiting = [(float(a), float(b)) for a, b in pairwise(ends)]
        self.waiting.reverse()
        self.ends, self.kept = [float(ends[0])], [start[None]]
        self.state, self.size = jnp.asarray(start), _sizes(start[None])
        self.limit = 1e8 * max(float(np.abs(start).max()), 1.0)
        self.numbers: dict[str, Any] = {}
        self.off, self.broken = 0.0, False

    def advance(self) -> bool:
        """Step through the next chunk; false if it was halved, or is broken."""
        begin, end = self.waiting.pop()
        length = (end - begin) / (OUTPUTS * self.stride)
        # Halves of one length differ by rounding: they share their numbers.
        name = f"{length:.9e}"
        if name not in self.numbers:
            self.numbers[name] = self.made.numbers(length)
        ahead, found = self.made.chunk(
            self.state,
            jnp.asarray(begin),
            jnp.asarray(length),
            jnp.asarray(self.stride),
            self.numbers[name],
            self.made.data,
        )
        outputs = np.asarray(found)
        finite = bool(np.abs(outputs).max() < self.limit)
        off = self._between(outputs) if finite and self.smooth is not None else 0.0
        if self._halve(begin, end, off if finite else np.inf):
            return False
        if not finite:
            self.broken = True
            return False
        self.state, self.size = ahead, np.maximum(self.size, _sizes(outputs))
        self.off += off**2 * (end - begin) / self.total
        self.kept.append(outputs)
        self.ends.append(end)
        return True

    def _halve(self, begin: float, end: float, off: float) -> bool:
        """Whether a chunk is to be taken again in two halves."""
        if self.smooth is None:
            return False
        allowed, most = self.smooth
        # In the mean over time a short chunk may be further off.
        if off <= allowed * math.sqrt(self.widest / (end - begin)):
            return False
        if end - begin < 1.5 * self.widest / 2**DEEPEST:
            return False
        if len(self.kept) + len(self.waiting) >= most:
            return False
        middle = (begin + end) / 2
        self.waiting += [(middle, end), (begin, middle)]
        return True

    def _between(self, outputs: np.ndarray) -> float:
        """Return the error of the polynomial through the kept states, relative to their size."""
        change = DIFFERENCE[0] * self.kept[-1][-1] + np.tensordot(DIFFERENCE[1:], outputs, 1)
        size = np.maximum(self.size, _sizes(outputs))
        size = np.maximum(size, 1e-10 * size.max(initial=0.0)) + 1e-300
        return BETWEEN * float((_sizes(change[None]) / size).max(initial=0.0))

    def history(self, result: Result) -> History:
        """Return what is kept."""
        stages = np.arange(1, OUTPUTS + 1) / OUTPUTS
        times = np.concatenate(
            [self.ends[:1], *(a + (b - a) * stages for a, b in pairwise(self.ends))]
        )
        states = np.concatenate(self.kept)
        return History(times, states, result, (len(states) - 1) * self.stride, self.off**0.5)


def _sizes(states: np.ndarray) -> np.ndarray:
    """Return the largest norm of every entry of states (k, entries, …)."""
    over = tuple(range(2, states.ndim))
    found: np.ndarray = np.sqrt((np.abs(states) ** 2).sum(axis=over)).max(axis=0)
    return found
