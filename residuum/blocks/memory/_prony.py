"""Prony series: a memory as a sum of decays, fitted by non-negative least squares."""

from __future__ import annotations

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.optimize import nnls

from residuum._core import DataError, OptionError, Source
from residuum.blocks.memory._sequence import SequenceBlock, State


class PronySeries(SequenceBlock):
    """y = g_0 x + Σ_k g_k s_k, s_k ← κ_k s_k + (1 - κ_k) x, κ = exp(-1/τ): one channel.

    With x the strain and negative of nothing but decays this is a generalised Maxwell model. All
    numbers are constants.

    Args:
        times: τ in steps, shape (terms,).
        gains: g_1 …, shape (terms,).
        instant: g_0.

    Source: J. D. Ferry, Viscoelastic Properties of Polymers, Wiley 1980.
    """

    times: np.ndarray
    gains: np.ndarray
    instant: np.ndarray

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "prony-series",
            "Viscoelastic Properties of Polymers",
            "J. D. Ferry",
            1980,
            "isbn:978-0-471-04894-7",
            "verified",
        ),
    )

    @property
    def inputs(self) -> int:
        return 1

    @property
    def outputs(self) -> int:
        return 1

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return jnp.zeros((count, len(self.times)), dtype)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        keep = jnp.exp(-1 / jnp.asarray(self.times, x.dtype))
        state = keep * state + (1 - keep) * x
        gains = jnp.asarray(self.gains, x.dtype)
        return state, (state @ gains)[:, None] + jnp.asarray(self.instant, x.dtype) * x


def fitted_prony(
    x: np.ndarray, y: np.ndarray, times: np.ndarray, *, signs: tuple[int, int] = (1, 1)
) -> PronySeries:
    """Return the series that fits sequences best, with gains of given signs.

    Args:
        x, y: shape (n, time, 1).
        times: decay times in steps, a few per decade.
        signs: of the instant gain and of the decays. (1, 1) for x the rate of strain and y the
            stress; (1, -1) for x the strain.

    Raises:
        DataError: shapes disagree or numbers are not finite.
        OptionError: a time is not above zero, or a sign is not ±1.
    """
    x, y, times = np.asarray(x, float), np.asarray(y, float), np.asarray(times, float)
    if x.ndim != 3 or x.shape != y.shape or x.shape[2] != 1:
        raise DataError("two arrays of shape (n, time, 1)", f"{x.shape}, {y.shape}", "One channel.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("finite sequences", "NaN or infinity", "Leave broken records out.")
    if times.ndim != 1 or not (times > 0).all() or not set(signs) <= {-1, 1}:
        raise OptionError("times above zero and signs of ±1", f"{times}, {signs}", "Steps.")
    keep = np.exp(-1 / times)
    state, columns = np.zeros((len(x), len(times))), []
    for k in range(x.shape[1]):
        state = keep * state + (1 - keep) * x[:, k]
        columns.append(np.concatenate([x[:, k], state], axis=1))
    matrix = np.stack(columns, axis=1).reshape(-1, 1 + len(times))
    sign = np.array([signs[0], *[signs[1]] * len(times)], float)
    found = sign * nnls(matrix * sign, y.ravel())[0]
    return PronySeries(times, found[1:], found[:1])
