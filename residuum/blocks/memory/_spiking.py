"""Spiking memory units: leaky integrate-and-fire neurons around the Legendre memory."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source
from residuum.blocks.memory._legendre import LMUFORMER, LegendreMemory, discrete_system
from residuum.blocks.memory._legendre_unit import first_weights
from residuum.blocks.memory._sequence import SequenceBlock, State

L2MU = Source(
    "spiking-lmu",
    "Natively neuromorphic LMU architecture for encoding-free SNN-based HAR on commercial edge "
    "devices",
    "V. Fra, B. Leto, A. Pignata, E. Macii, G. Urgese",
    2024,
    "arXiv:2407.04076",
    "verified",
)
SLOPE = 2.0
"""Steepness of the stand-in derivative of a spike."""


@jax.custom_jvp
def spike(v: Array) -> Array:
    """Return 1 where v ≥ 0, else 0; its derivative is taken as that of an arctangent."""
    return (v >= 0).astype(v.dtype)


@spike.defjvp
def _spike_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (v,), (dv,) = primals, tangents
    return spike(v), SLOPE / 2 / (1 + (np.pi / 2 * SLOPE * v) ** 2) * dv


class LeakyFire(SequenceBlock):
    """v ← v + (i - v)/τ; a spike where v ≥ 1, which sets v to zero. A neuron per feature.

    i is the input (``"voltage"``), or its trace i ← (1 - 1/τ_i) i + x (``"current"``).

    Args:
        width: features.
        time: τ in steps, one or more.
        kind: what drives the voltage.
        current_time: τ_i in steps.

    Raises:
        OptionError: an option is out of range.

    Source: Z. Liu et al., arXiv:2402.04882; V. Fra et al., arXiv:2407.04076.
    """

    width: int = eqx.field(static=True)
    time: float = eqx.field(static=True, default=2.0)
    kind: Literal["voltage", "current"] = eqx.field(static=True, default="voltage")
    current_time: float = eqx.field(static=True, default=2.0)

    sources: ClassVar[tuple[Source, ...]] = (LMUFORMER, L2MU)

    def __check_init__(self) -> None:
        if self.width < 1 or not (self.time >= 1 and self.current_time >= 1):
            raise OptionError(
                "a feature and times of one step or more",
                f"{self.width}, {self.time}, {self.current_time}",
                "2.0 steps.",
            )
        if self.kind not in ("voltage", "current"):
            raise OptionError("voltage or current", str(self.kind), "Name one.")

    @property
    def inputs(self) -> int:
        return self.width

    @property
    def outputs(self) -> int:
        return self.width

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        return tuple(jnp.zeros((count, self.width), dtype) for _ in range(2))

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        voltage, current = state
        if self.kind == "current":
            current = (1 - 1 / self.current_time) * current + x
        voltage = voltage + ((current if self.kind == "current" else x) - voltage) / self.time
        fired = spike(voltage - 1)
        return (voltage * (1 - fired), current), fired


class SpikingLegendreUnit(SequenceBlock):
    """u, m and h of a Legendre unit as spikes: what passes from one to the next is 0 or 1.

    ``feedback="memory"``: the recurrence of the memory is exact, its values are turned into spikes
    for the read-out (LMUFormer). ``feedback="spikes"``: the recurrence itself is carried by spikes
    (L2MU): every number of the memory is a pair of neurons without leak that gather its changes,
    e ← e + (A - 1) m + B u, fire where gain · |e| ≥ 1/2, and so move m by ±1 / gain and e back.
    Signs are carried by pairs of neurons.

    Args:
        memory: the fixed memory.
        encoder, shift: of u, shapes (inputs, channels), (channels,).
        gain: of what drives the neurons of m, shape (channels · order,). A number of the memory
            can move by 1 / gain a step, and is known to about as much.
        from_memory, from_input, bias: of h, with 2 · channels · order rows in the first.
        neuron: of all populations; its width is not read.
        feedback: what the recurrence reads.

    Source: Z. Liu et al., arXiv:2402.04882; V. Fra et al., arXiv:2407.04076.
    """

    memory: LegendreMemory
    encoder: Array
    shift: Array
    gain: Array
    from_memory: Array
    from_input: Array
    bias: Array
    neuron: LeakyFire = eqx.field(static=True)
    feedback: Literal["memory", "spikes"] = eqx.field(static=True, default="memory")

    sources: ClassVar[tuple[Source, ...]] = (LMUFORMER, L2MU)

    def __check_init__(self) -> None:
        if self.feedback not in ("memory", "spikes"):
            raise OptionError("memory or spikes", str(self.feedback), "Name one.")

    @property
    def inputs(self) -> int:
        return int(self.encoder.shape[0])

    @property
    def outputs(self) -> int:
        return int(self.bias.shape[0])

    def _population(self, width: int) -> LeakyFire:
        neuron = self.neuron
        return LeakyFire(width, neuron.time, neuron.kind, neuron.current_time)

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        first = self._population(2 * self.memory.channels).start(count, dtype)
        memory = self.memory.start(count, dtype)
        gathering = self._population(2 * self.memory.outputs).start(count, dtype)
        second = gathering if self.feedback == "memory" else jnp.zeros_like(memory)
        return (first, second, self._population(self.outputs).start(count, dtype)), memory

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        (first, second, third), memory = state
        first, u = self._signed(first, x @ self.encoder + self.shift)
        a, b = (
            jnp.asarray(p, x.dtype) for p in discrete_system(self.memory.order, self.memory.window)
        )
        wanted = memory @ a.T + u[:, :, None] * b
        if self.feedback == "memory":
            memory = wanted
            second, seen = self._pairs(second, memory.reshape(len(x), -1) * self.gain)
        else:
            second, memory = self._gathered(second + wanted - memory, memory)
            flat = memory.reshape(len(x), -1)
            seen = jnp.concatenate([flat, -flat], axis=1)
        h = seen @ self.from_memory + x @ self.from_input + self.bias
        third, fired = self._population(self.outputs).step(third, h)
        return ((first, second, third), memory), fired

    def _gathered(self, change: Array, memory: Array) -> tuple[Array, Array]:
        """Return what is left of the changes after spikes, and the memory that these moved."""
        gain = self.gain.reshape(memory.shape[1:])
        moved = (spike(gain * change - 0.5) - spike(-gain * change - 0.5)) / gain
        return change - moved, memory + moved

    def _pairs(self, state: State, x: Array) -> tuple[State, Array]:
        """Return spikes of neurons that see x and of neurons that see -x."""
        both = jnp.concatenate([x, -x], axis=1)
        return self._population(both.shape[1]).step(state, both)

    def _signed(self, state: State, x: Array) -> tuple[State, Array]:
        """Return -1, 0 or 1 per feature."""
        state, spikes = self._pairs(state, x)
        return state, spikes[:, : x.shape[1]] - spikes[:, x.shape[1] :]


def spiking_legendre_unit(
    inputs: int,
    outputs: int,
    key: Key,
    *,
    channels: int = 4,
    order: int = 8,
    window: float = 50.0,
    neuron: LeakyFire | None = None,
    feedback: Literal["memory", "spikes"] = "memory",
) -> SpikingLegendreUnit:
    """Return a spiking unit whose drives start at twice the size of a Legendre unit's.

    Raises:
        OptionError: a number is out of range.
    """
    memory = LegendreMemory(channels, order, window)
    weights = first_weights(inputs, outputs, memory, key, copies=2)
    for name in ("encoder", "from_memory"):
        weights[name] = 2 * weights[name]
    gain = jnp.full(memory.outputs, 2.0 if feedback == "memory" else 16.0)
    neuron = neuron or LeakyFire(1)
    return SpikingLegendreUnit(memory, **weights, gain=gain, neuron=neuron, feedback=feedback)
