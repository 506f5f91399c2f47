"""Readings as instruments give them: noisy, and refused or recovered where they make no sense."""

from __future__ import annotations

import warnings
from enum import Enum
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, jax_key
from residuum.blocks._abstract import Block, Signature
from residuum.blocks._stage import Capability


class ReadingWarning(UserWarning):
    """Readings out of range were replaced."""


class BadReading(Enum):
    """What happens to a reading that is not finite or out of range.

    Members:
        REFUSE: an error that says how many there were.
        RECOVER: the nearest end of the range, its middle for what is no number, and a warning.
    """

    REFUSE = "refuse"
    RECOVER = "recover"


@final
class Noisy(Block):
    """A block whose every reading has normal noise, relative to its size and absolute.

    The noise depends on the key and on the input: the same call gives the same reading, and
    another input other noise. ``renewed`` measures again.

    Args:
        block: what is read.
        relative: deviation over the size of the reading.
        absolute: deviation, in the units of the reading.
        seed: data of a JAX key.
    """

    block: Block
    relative: float = eqx.field(static=True)
    absolute: float = eqx.field(static=True)
    seed: np.ndarray

    @property
    def signature(self) -> Signature:
        inner = self.block.signature
        return Signature(inner.inputs, inner.outputs)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Gradients where the block has them: the noise is held fixed in them."""
        both = frozenset({Capability.PARAM_VJP, Capability.INPUT_VJP})
        return self.block.capabilities & both

    def __call__(self, x: Array) -> Array:
        readings = self.block(x)
        fixed = jax.lax.stop_gradient(x)
        bits = jax.lax.bitcast_convert_type(fixed.astype(jnp.float32), jnp.uint32).ravel()
        # A weighted sum that wraps around: every bit of every number changes it.
        mark = (bits * (2 * jnp.arange(bits.size, dtype=jnp.uint32) + 1)).sum()
        key = jax.random.fold_in(jax.random.wrap_key_data(jnp.asarray(self.seed)), mark)
        one, two = jax.random.normal(key, (2, *readings.shape), readings.dtype)
        return readings * (1 + self.relative * one) + self.absolute * two

    def renewed(self, key: Key) -> Noisy:
        """Return the same device with other noise."""
        return noisy(self.block, key, relative=self.relative, absolute=self.absolute)


def noisy(block: Block, key: Key, *, relative: float = 0.02, absolute: float = 0.0) -> Noisy:
    """Return the block with noise on its readings; both deviations from 0."""
    if not (relative >= 0 and absolute >= 0):
        raise OptionError("deviations from 0", f"{relative}, {absolute}", "Correct them.")
    return Noisy(block, relative, absolute, np.asarray(jax.random.key_data(jax_key(key))))


@final
class Guarded(Block):
    """A block whose readings are looked at before anything is computed from them.

    Outside ``jit`` a refusal is an OptionError; inside it is the runtime error of Equinox with the
    same words.

    Args:
        block: what is read.
        low, high: range of a sane reading; take what the device gave when it was set up, with room.
        bad: what happens to the others.
    """

    block: Block
    low: float = eqx.field(static=True)
    high: float = eqx.field(static=True)
    bad: BadReading = eqx.field(static=True, default=BadReading.REFUSE)

    def __check_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise OptionError("a finite range", f"{self.low} to {self.high}", "Correct the range.")

    @property
    def signature(self) -> Signature:
        return self.block.signature

    @property
    def capabilities(self) -> frozenset[Capability]:
        both = frozenset({Capability.PARAM_VJP, Capability.INPUT_VJP})
        return self.block.capabilities & both

    def __call__(self, x: Array) -> Array:
        readings = self.block(x)
        # A comparison with what is no number is false.
        sane = (readings >= self.low) & (readings <= self.high)
        if self.bad is BadReading.RECOVER:
            return self._recovered(readings, sane)
        if not isinstance(sane, jax.core.Tracer):
            if not bool(sane.all()):
                raise self._error(f"{int((~sane).sum())} of {sane.size} outside")
            return readings
        checked: Array = eqx.error_if(readings, ~sane.all(), str(self._error("readings outside")))
        return checked

    def _error(self, got: str) -> OptionError:
        return OptionError(
            f"readings of {type(self.block).__name__} between {self.low:g} and {self.high:g}",
            got,
            "Drive it less, set it up again, or widen the range.",
        )

    def _recovered(self, readings: Array, sane: Array) -> Array:
        name = type(self.block).__name__

        def warn(count: Array) -> None:
            if count:
                text = f"{int(count)} readings of {name} were out of range and have been replaced."
                warnings.warn(text, ReadingWarning, stacklevel=2)

        jax.debug.callback(warn, (~sane).sum())
        middle = 0.5 * (self.low + self.high)
        # The inner choice keeps what is no number out of the gradient as well.
        known = jnp.where(jnp.isnan(readings), middle, readings)
        return jnp.clip(known, self.low, self.high)
