"""Fixed random maps from an error at the output to every stage: dense, by FFT, or by hardware."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, final

import jax
import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError

LARGEST = 20_000_000
"""Most numbers of a dense projection: beyond this it would outweigh the model."""


class Projector(ABC):
    """A fixed random linear map, or a device that takes one. Frozen dataclasses of options."""

    @abstractmethod
    def draw(self, key: Array, inputs: int, outputs: int) -> Any:
        """Return what is fixed for maps of so many numbers to so many: a tree of arrays."""

    @abstractmethod
    def project(self, kept: Any, errors: Array, outputs: int, key: Array) -> Array:
        """Map errors (n, inputs) to (n, outputs); the key is of noise."""


@final
@dataclass(frozen=True)
class DenseProjector(Projector):
    """e B / √inputs, with the entries of B uniform between -1 and 1.

    Raises:
        OptionError: B would have more than 20 million entries.
    """

    def draw(self, key: Array, inputs: int, outputs: int) -> Array:
        if inputs * outputs > LARGEST:
            got = f"{inputs} x {outputs} numbers"
            raise OptionError("a projection that fits", got, "Take StructuredProjector().")
        return jax.random.uniform(key, (inputs, outputs), minval=-1.0, maxval=1.0)

    def project(self, kept: Any, errors: Array, outputs: int, key: Array) -> Array:
        matrix = kept[:, :outputs].astype(errors.dtype)
        return errors @ matrix / jnp.sqrt(jnp.asarray(errors.shape[1], errors.dtype))


@final
@dataclass(frozen=True)
class StructuredProjector(Projector):
    """Signs, cosines, signs, cosines: a random map in N log N operations and two rows of signs."""

    def draw(self, key: Array, inputs: int, outputs: int) -> Array:
        signs = jax.random.rademacher(key, (2, max(inputs, outputs)))
        return signs.astype(jnp.float32)

    def project(self, kept: Any, errors: Array, outputs: int, key: Array) -> Array:
        size, inputs = kept.shape[1], errors.shape[1]
        signs = kept.astype(errors.dtype)
        x = jnp.pad(errors, ((0, 0), (0, size - inputs))) * signs[0]
        x = jax.scipy.fft.dct(x, norm="ortho") * signs[1]
        # Entries of the variance of a dense projection, 1 / (3 inputs).
        scale = jnp.sqrt(jnp.asarray(size / (3 * inputs), errors.dtype))
        return scale * jax.scipy.fft.dct(x, norm="ortho")[:, :outputs]


@final
@dataclass(frozen=True)
class HardwareProjector(Projector):
    """An optical projection: ternary errors in, noise on the way, few bits out.

    Args:
        inner: what the medium does.
        threshold: errors below so many root mean squares are sent as zero, others as ± that size.
        noise: deviation of what is read, against its root mean square.
        bits: of the camera, over the range that is read.

    Raises:
        OptionError: an option is out of range.
    """

    inner: Projector = field(default_factory=DenseProjector)
    threshold: float = 0.5
    noise: float = 0.05
    bits: int = 8

    def __post_init__(self) -> None:
        if self.threshold < 0 or self.noise < 0 or not 1 <= self.bits <= 24:
            wanted = "threshold and noise of zero or more, 1 to 24 bits"
            raise OptionError(wanted, repr(self), "Correct them.")

    def draw(self, key: Array, inputs: int, outputs: int) -> Any:
        return self.inner.draw(key, inputs, outputs)

    def project(self, kept: Any, errors: Array, outputs: int, key: Array) -> Array:
        size = _size(errors)
        sent = size * jnp.sign(errors) * (jnp.abs(errors) > self.threshold * size)
        found = self.inner.project(kept, sent, outputs, key)
        noise = jax.random.normal(key, found.shape, found.dtype)
        found = found + self.noise * _size(found) * noise
        step = 2 * jnp.max(jnp.abs(found)) / 2**self.bits
        return jnp.where(step > 0, step * jnp.round(found / jnp.where(step > 0, step, 1)), found)


def _size(values: Array) -> Array:
    return jnp.sqrt(jnp.mean(values**2))
