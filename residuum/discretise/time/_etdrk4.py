"""Exponential time differencing of fourth order for v' = L v + N(v, t) with diagonal L.

S. M. Cox, P. C. Matthews, Exponential time differencing for stiff systems, J. Comput. Phys. 176
(2002); A.-K. Kassam, L. N. Trefethen, Fourth-order time-stepping for stiff PDEs, SIAM J. Sci.
Comput. 26 (2005), whose contour integrals keep the coefficients free of cancellation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Result

CONTOUR = 64
OUTPUTS = 8
"""Kept states per chunk, and intervals per slab of the field made of them."""

Nonlinear = Callable[[Array, Array, Any], Array]
"""State, time and data to N(v, t)."""


class Coefficients(NamedTuple):
    """Numbers of the method for one step length, each of the shape of the symbol."""

    half: Any
    full: Any
    stage: Any
    first: Any
    middle: Any
    last: Any


def coefficients(symbol: np.ndarray, step: float) -> Coefficients:
    """Return the coefficients by the mean over a circle of radius one around each L·step."""
    circle = np.exp(2j * np.pi * (np.arange(CONTOUR) + 0.5) / CONTOUR)
    scaled = step * symbol
    total = np.zeros((4, *symbol.shape), complex)
    for shift in circle:
        z = scaled + shift
        e, cube = np.exp(z), z**3
        total[0] += (np.exp(z / 2) - 1) / z
        total[1] += (-4 - z + e * (4 - 3 * z + z**2)) / cube
        total[2] += (2 + z + e * (z - 2)) / cube
        total[3] += (-4 - 3 * z - z**2 + e * (4 - z)) / cube
    total *= step / CONTOUR
    if not np.iscomplexobj(symbol) or not np.any(symbol.imag):
        # The circle is symmetric: what remains of the imaginary part is rounding.
        total, scaled = total.real, scaled.real
    return Coefficients(
        np.exp(scaled / 2), np.exp(scaled), total[0], total[1], 2 * total[2], total[3]
    )


def step_once(
    state: Array, time: Array, step: Array, numbers: Coefficients, nonlinear: Callable[..., Array]
) -> Array:
    """Return the state one step later; ``nonlinear`` takes state and time."""
    begin = nonlinear(state, time)
    a = numbers.half * state + numbers.stage * begin
    at_a = nonlinear(a, time + step / 2)
    b = numbers.half * state + numbers.stage * at_a
    at_b = nonlinear(b, time + step / 2)
    c = numbers.half * a + numbers.stage * (2 * at_b - begin)
    at_c = nonlinear(c, time + step)
    gain = numbers.first * begin + numbers.middle * (at_a + at_b) + numbers.last * at_c
    found: Array = numbers.full * state + gain
    return found


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
class Exponential:
    """A compiled chunk of steps for one nonlinear part and one shape of state.

    Args:
        nonlinear: N(v, t, data).
        example: a state, for shape and type.
        data: arrays handed on to ``nonlinear``.
    """

    def __init__(self, nonlinear: Nonlinear, example: np.ndarray, data: Any) -> None:
        self.data = jax.tree.map(jnp.asarray, data)

        def chunk(
            state: Array, begin: Array, step: Array, stride: Array, numbers: Coefficients, data: Any
        ) -> tuple[Array, Array]:
            def once(i: Array, v: Array) -> Array:
                time = begin + i * step
                return step_once(v, time, step, numbers, lambda w, t: nonlinear(w, t, data))

            def kept(v: Array, k: Array) -> tuple[Array, Array]:
                v = jax.lax.fori_loop(k * stride, (k + 1) * stride, once, v)
                return v, v

            return jax.lax.scan(kept, state, jnp.arange(OUTPUTS))

        numbers = coefficients(np.zeros(example.shape, complex), 1.0)
        numbers = Coefficients(*(jnp.asarray(n, complex) for n in numbers))
        zero = jnp.zeros(())
        state, stride = jnp.asarray(example, complex), jnp.asarray(1)
        self._chunk = jax.jit(chunk).lower(state, zero, zero, stride, numbers, self.data).compile()

    def march(
        self,
        symbol: np.ndarray,
        start: np.ndarray,
        interval: tuple[float, float],
        *,
        chunks: int,
        stride: int,
        watch: Callable[[float], bool] | None = None,
    ) -> History:
        """Take ``8·chunks·stride`` steps and keep every ``stride``-th state.

        Args:
            symbol: L, of the shape of the state.
            start: first state.
            interval: start and end of time.
            chunks: pieces after which the watch is called; finite states are checked there.
            stride: steps between kept states.
            watch: progress and budget; false stops.

        Returns:
            The history, partial where ``result`` says so.
        """
        step = (interval[1] - interval[0]) / (OUTPUTS * chunks * stride)
        numbers = coefficients(symbol, step)
        numbers = Coefficients(*(jnp.asarray(n, complex) for n in numbers))
        first = np.asarray(start, complex)
        state, kept, result = jnp.asarray(first), [first[None]], Result.SUCCESSFUL
        limit = 1e8 * max(float(np.abs(first).max()), 1.0)
        try:
            for k in range(chunks):
                begin = interval[0] + k * OUTPUTS * stride * step
                state, found = self._chunk(
                    state,
                    jnp.asarray(begin),
                    jnp.asarray(step),
                    jnp.asarray(stride),
                    numbers,
                    self.data,
                )
                outputs = np.asarray(found)
                size = np.abs(outputs).max()
                if not size < limit:
                    result = Result.DIVERGED
                    break
                kept.append(outputs)
                if (
                    watch is not None
                    and k + 1 < chunks
                    and not watch(begin + OUTPUTS * stride * step)
                ):
                    result = Result.OUT_OF_BUDGET
                    break
        except KeyboardInterrupt:
            result = Result.INTERRUPTED
        states = np.concatenate(kept)
        count = len(states) - 1
        times = interval[0] + step * stride * np.arange(count + 1)
        return History(times, states, result, count * stride)
