"""Legendre memory: the best polynomial record of a sliding window, as a linear recurrence."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.linalg import expm

from residuum._core import OptionError, Source
from residuum.blocks._stage import AFFINE, Capability
from residuum.blocks.memory._sequence import SequenceBlock, State

VOELKER = Source(
    "legendre-memory-unit",
    "Legendre Memory Units: Continuous-Time Representation in Recurrent Neural Networks",
    "A. R. Voelker, I. Kajić, C. Eliasmith",
    2019,
    "NeurIPS 2019",
    "verified",
)
LMUFORMER = Source(
    "lmuformer",
    "LMUFormer: Low Complexity Yet Powerful Spiking Model With Legendre Memory Units",
    "Z. Liu, G. Datta, A. Li, P. A. Beerel",
    2024,
    "arXiv:2402.04882",
    "verified",
)


def legendre_system(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return A, shape (order, order), and B, shape (order,), of θ m' = A m + B u.

    A_ij = (2i+1)·(-1 if i < j else (-1)^{i-j+1}), B_i = (2i+1)(-1)^i. Then
    u(t - r θ) ≈ Σ_i P_i(2r - 1) m_i(t) for r in [0, 1].
    """
    if order < 1:
        raise OptionError("an order of one or more", str(order), "Four per cycle in the window.")
    i, j = np.indices((order, order))
    a = (2 * i + 1) * np.where(i < j, -1.0, (-1.0) ** (i - j + 1))
    return a, (2 * np.arange(order) + 1) * (-1.0) ** np.arange(order)


@lru_cache(maxsize=64)
def discrete_system(order: int, window: float) -> tuple[np.ndarray, np.ndarray]:
    """Return A and B of m_k = A m_{k-1} + B u_k for an input held over each step; θ in steps."""
    a, b = legendre_system(order)
    whole = np.zeros((order + 1, order + 1))
    whole[:order, :order], whole[:order, order] = a / window, b / window
    found = expm(whole)
    return found[:order, :order], found[:order, order]


@lru_cache(maxsize=64)
def impulse_response(order: int, window: float, time: int) -> np.ndarray:
    """Return A^k B for k = 0 … time - 1, shape (time, order), by doubling."""
    a, b = discrete_system(order, window)
    found, power = b[None], a.T
    while len(found) < time:
        found = np.concatenate([found, found @ power])
        power = power @ power
    return found[:time]


class LegendreMemory(SequenceBlock):
    """m_k = A m_{k-1} + B u_k for every channel: a window of the past in Legendre polynomials.

    Nothing is trained. All times at once are a convolution with the impulse response, by FFT; it
    equals the recurrence to rounding.

    Args:
        channels: signals, each with a record of its own.
        order: coefficients per signal; about four per cycle of the fastest signal in the window.
        window: θ in steps, above one.

    Raises:
        OptionError: a number is out of range.

    Breaks where the signal holds more cycles in a window than a quarter of the order.

    Source: A. R. Voelker, I. Kajić, C. Eliasmith, NeurIPS 2019.
    """

    channels: int = eqx.field(static=True)
    order: int = eqx.field(static=True, default=12)
    window: float = eqx.field(static=True, default=100.0)

    sources: ClassVar[tuple[Source, ...]] = (VOELKER, LMUFORMER)

    def __check_init__(self) -> None:
        if self.channels < 1 or self.order < 1 or not 1 < self.window < np.inf:
            raise OptionError(
                "a channel, an order of one or more, a window of more than one step",
                f"{self.channels}, {self.order}, {self.window}",
                "1, 12, 100.0.",
            )

    @property
    def capabilities(self) -> frozenset[Capability]:
        return AFFINE

    @property
    def inputs(self) -> int:
        return self.channels

    @property
    def outputs(self) -> int:
        return self.channels * self.order

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return jnp.zeros((count, self.channels, self.order), dtype)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        a, b = (jnp.asarray(p, x.dtype) for p in discrete_system(self.order, self.window))
        memory = state @ a.T + x[:, :, None] * b
        return memory, memory.reshape(len(x), -1)

    def __call__(self, x: Array) -> Array:
        self.check(x)
        time = x.shape[1]
        response = impulse_response(self.order, self.window, time)
        spectrum = jnp.asarray(np.fft.rfft(response, 2 * time, axis=0), _complex(x.dtype))
        signal = jnp.fft.rfft(x, 2 * time, axis=1)
        product = signal[:, :, :, None] * spectrum[None, :, None, :]
        memory = jnp.fft.irfft(product, 2 * time, axis=1)[:, :time]
        return memory.astype(x.dtype).reshape(*x.shape[:2], -1)

    def delayed(self, memory: Array, delay: float) -> Array:
        """Return u_{k - delay} of every channel from memories of shape (…, channels · order).

        A signal held over each step is half a step late, so the window is read at
        r = (delay + 1/2) / θ.

        Raises:
            OptionError: the delay does not lie in [0, θ - 1/2].
        """
        ratio = (delay + 0.5) / self.window
        if not delay >= 0 or ratio > 1:
            raise OptionError(f"a delay in [0, {self.window - 0.5}]", str(delay), "Steps.")
        row = np.polynomial.legendre.legvander(np.array([2 * ratio - 1]), self.order - 1)[0]
        parts = memory.reshape(*memory.shape[:-1], self.channels, self.order)
        return parts @ jnp.asarray(row, memory.dtype)


def _complex(dtype: Any) -> Any:
    return jnp.complex128 if dtype == jnp.float64 else jnp.complex64
