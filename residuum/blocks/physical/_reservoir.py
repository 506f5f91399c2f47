"""Reservoirs: fixed random dynamics driven by signals, of which only a readout is trained."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator
from residuum.blocks._abstract import Signature
from residuum.blocks._stage import Capability
from residuum.blocks.physical._black_box import sealed
from residuum.blocks.physical._physical import PhysicalBlock

State = tuple[Array, Array, Array]
"""Voltages, spikes and their low pass, each (n, units)."""


class Heard(NamedTuple):
    """What a reservoir did.

    Args:
        counts: spikes of every unit, (n, units).
        traces: spikes of every unit after a low pass, (n, time, units).
    """

    counts: Array
    traces: Array


def _listened(signals: Array, channels: int) -> None:
    if signals.ndim != 3 or signals.shape[2] != channels:
        raise OptionError(
            f"signals of shape (n, time, {channels})", str(signals.shape), "One column per channel."
        )


@final
class SpikingReservoir(PhysicalBlock):
    """Leaky integrate-and-fire units behind random resistors; spike counts are the features.

    v ← λ v + s W_in + z W_rec + b; z = 1 where v > 1, and v ← 0 there. Weights are differences of
    two lognormal conductances, as a pair of random resistive cells gives them; nothing of it is
    trained. Maps signals (n, time, channels) to counts (n, units). A spike has no derivative: one
    traced through it raises ``NotDifferentiable``.

    Args:
        into: W_in, (channels, units).
        recurrent: W_rec, (units, units).
        bias: b, (units,).
        leak: λ, one number below 1.

    Breaks where signals never reach the threshold (no spikes) or hold every unit above it (all
    spikes): scale them to deviations of about one.
    """

    parts: ClassVar[tuple[str, ...]] = ("into", "recurrent", "leak")
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "resistive-liquid-state-machine",
            "Resistive memory-based zero-shot liquid state machine for multimodal event data "
            "learning",
            "N. Lin, S. Wang, Y. Li, et al.",
            2025,
            "doi:10.1038/s43588-024-00751-z",
            "verified",
        ),
    )

    into: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray
    leak: np.ndarray

    @property
    def signature(self) -> Signature:
        return Signature(int(self.into.shape[0]), int(self.into.shape[1]))

    @property
    def capabilities(self) -> frozenset[Capability]:
        """None: a spike has no derivative."""
        return frozenset()

    def check(self) -> None:
        """Raise where the leak is not below 1 or a weight is not finite."""
        if not 0 <= float(self.leak) < 1 or not all(
            np.isfinite(getattr(self, name)).all() for name in self.parts
        ):
            raise OptionError(
                "a leak from 0 to below 1, finite weights", f"{float(self.leak)}", "Correct them."
            )

    def __call__(self, x: Array) -> Array:
        block, x = sealed((self, x), type(self).__name__)
        counts: Array = block._counts(x)
        return counts

    def traces(self, signals: Array) -> Array:
        """Return filtered spikes over time, (n, time, units), for a readout at every moment."""
        block, signals = sealed((self, signals), type(self).__name__)
        found: Array = block._traces(signals)
        return found

    def _counts(self, signals: Array) -> Array:
        return self._march(signals).counts

    def _traces(self, signals: Array) -> Array:
        return self._march(signals).traces

    def _march(self, signals: Array) -> Heard:
        _listened(signals, self.signature.inputs)
        drive = jnp.moveaxis(signals @ self.into + self.bias, 1, 0)

        def advance(state: State, now: Array) -> tuple[State, Array]:
            voltage, spikes, low = state
            voltage = jnp.asarray(self.leak) * voltage + now + spikes @ self.recurrent
            spikes = (voltage > 1).astype(now.dtype)
            low = jnp.asarray(self.leak) * low + spikes
            return (voltage * (1 - spikes), spikes, low), low

        rest = jnp.zeros_like(drive[0])
        # Every spike adds one to the low pass, and a share of it leaks in each step.
        _, low = jax.lax.scan(advance, (rest, rest, rest), drive)
        before = jnp.concatenate([rest[None], low[:-1]])
        return Heard((low - self.leak * before).sum(0), jnp.moveaxis(low, 0, 1))


def spiking_reservoir(
    channels: int,
    units: int = 500,
    *,
    key: Key,
    leak: float = 0.9,
    into: float = 0.3,
    recurrent: float = 0.1,
    spread: float = 0.5,
) -> SpikingReservoir:
    """Return a reservoir whose weights are pairs of lognormal conductances.

    Args:
        channels: of the signals.
        units: of the reservoir.
        key: draws it.
        leak: λ; 1/(1 - λ) steps of memory.
        into: deviation of a weight of the input times √channels.
        recurrent: deviation of a recurrent weight times √units.
        spread: deviation of the logarithm of a conductance; about 0.5 for resistive cells.
    """
    if channels < 1 or units < 1 or not (into > 0 and recurrent >= 0 and spread > 0):
        raise OptionError("positive sizes, into and spread", f"{channels}, {units}", "Correct.")
    random = generator(key)
    one = np.sqrt(2 * (np.exp(2 * spread**2) - np.exp(spread**2)))

    def pairs(rows: int, size: float) -> np.ndarray:
        cells = np.exp(spread * random.normal(size=(2, rows, units)))
        return np.asarray(size * (cells[0] - cells[1]) / (one * np.sqrt(rows)), np.float32)

    made = SpikingReservoir(
        pairs(channels, into),
        pairs(units, recurrent),
        np.asarray((1 - leak) * random.uniform(0, 1, units), np.float32),
        np.asarray(leak, np.float32),
    )
    made.check()
    return made


@final
class EchoState(PhysicalBlock):
    """h ← (1 - a) h + a tanh(s W_in + h W_rec): the rival without spikes.

    Maps signals (n, time, channels) to means of h and of h² over time, (n, 2 · units).

    Args:
        into: W_in, (channels, units).
        recurrent: W_rec, (units, units); a largest eigenvalue below 1 forgets.
        rate: a, one number between 0 and 1.

    Source: H. Jaeger, GMD Report 148 (2001).
    """

    parts: ClassVar[tuple[str, ...]] = ("into", "recurrent", "rate")

    into: np.ndarray
    recurrent: np.ndarray
    rate: np.ndarray

    @property
    def signature(self) -> Signature:
        return Signature(int(self.into.shape[0]), 2 * int(self.into.shape[1]))

    def __call__(self, x: Array) -> Array:
        states = self.traces(x)
        return jnp.concatenate([states.mean(1), (states**2).mean(1)], axis=1)

    def traces(self, signals: Array) -> Array:
        """Return the states over time, (n, time, units)."""
        _listened(signals, self.signature.inputs)
        drive = jnp.moveaxis(signals @ self.into, 1, 0)

        def advance(state: Array, now: Array) -> tuple[Array, Array]:
            new = state + self.rate * (jnp.tanh(now + state @ self.recurrent) - state)
            return new, new

        _, states = jax.lax.scan(advance, jnp.zeros_like(drive[0]), drive)
        return jnp.moveaxis(states, 0, 1)


def echo_state(
    channels: int,
    units: int = 500,
    *,
    key: Key,
    radius: float = 0.9,
    into: float = 0.5,
    rate: float = 0.3,
) -> EchoState:
    """Return an echo-state net whose recurrent matrix has the given largest eigenvalue."""
    if channels < 1 or units < 1 or not (0 < rate <= 1 and radius >= 0):
        raise OptionError("positive sizes, a rate up to 1", f"{channels}, {units}", "Correct them.")
    random = generator(key)
    matrix = random.normal(size=(units, units))
    matrix *= radius / np.abs(np.linalg.eigvals(matrix)).max()
    first = into * random.normal(size=(channels, units)) / np.sqrt(channels)
    return EchoState(
        np.asarray(first, np.float32),
        np.asarray(matrix, np.float32),
        np.asarray(rate, np.float32),
    )
