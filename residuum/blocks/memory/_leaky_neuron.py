"""Expressive leaky memory neuron: a bank of decay times driven by a small network."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks._dense import Dense, dense
from residuum.blocks.memory._sequence import SequenceBlock, State


class LeakyMemory(SequenceBlock):
    """s = κ_s s + max(w, 0) x;  m = κ_m m + λ (1 - κ_m) tanh(MLP(branches(s), κ_m m));  y = m W.

    κ = exp(-1/τ), τ in steps. The times of the memory are trained within bounds and can be read
    off: a bank of decays is a Prony series whose input is learned. Every input has some synapses;
    these are summed by branches, in turn.

    Args:
        synapse: w, shape (synapses,); synapse k takes input k mod inputs.
        position: logit of log τ_m within its bounds, shape (memories,).
        first, second: dense blocks of the network with one hidden layer of rectifiers.
        read: W, a dense block.
        synapse_time: τ_s in steps.
        bounds: of τ_m in steps.
        branches: a divisor of the number of synapses.
        drive: λ.

    Good start: ``leaky_memory(inputs, outputs, key)``.

    Breaks where memories run for hundreds of steps without any loss: a leak is built in.

    Source: A. Spieler, N. Rahaman, G. Martius, B. Schölkopf, A. Levina, arXiv:2306.16922.
    """

    synapse: Array
    position: Array
    first: Dense
    second: Dense
    read: Dense
    features: int = eqx.field(static=True)
    branches: int = eqx.field(static=True)
    synapse_time: float = eqx.field(static=True, default=5.0)
    bounds: tuple[float, float] = eqx.field(static=True, default=(1.0, 1000.0))
    drive: float = eqx.field(static=True, default=5.0)

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "expressive-leaky-memory-neuron",
            "The Expressive Leaky Memory Neuron: an Efficient and Expressive Phenomenological "
            "Neuron Model Can Solve Long-Horizon Tasks",
            "A. Spieler, N. Rahaman, G. Martius, B. Schölkopf, A. Levina",
            2024,
            "arXiv:2306.16922",
            "verified",
        ),
    )

    @property
    def inputs(self) -> int:
        return self.features

    @property
    def outputs(self) -> int:
        return self.read.signature.outputs

    def times(self) -> Array:
        """Return τ_m in steps, shape (memories,)."""
        low, high = np.log(self.bounds[0]), np.log(self.bounds[1])
        return jnp.exp(low + (high - low) * jax.nn.sigmoid(self.position))

    def start(self, count: int, dtype: Any = jnp.float32) -> State:
        shapes = (count, len(self.synapse)), (count, len(self.position))
        return tuple(jnp.zeros(shape, dtype) for shape in shapes)

    def step(self, state: State, x: Array) -> tuple[State, Array]:
        trace, memory = state
        copies = len(self.synapse) // self.features
        given = jnp.tile(x, (1, copies)) * jax.nn.relu(self.synapse)
        trace = np.exp(-1 / self.synapse_time) * trace + given
        branch = trace.reshape(len(x), self.branches, -1).sum(axis=2)
        keep = jnp.exp(-1 / self.times())
        faded = keep * memory
        inner = jax.nn.relu(self.first(jnp.concatenate([branch, faded], axis=1)))
        memory = faded + self.drive * (1 - keep) * jnp.tanh(self.second(inner))
        return (trace, memory), self.read(memory)


def leaky_memory(
    inputs: int,
    outputs: int,
    key: Key,
    *,
    memories: int = 16,
    copies: int = 1,
    branches: int = 0,
    synapse_time: float = 5.0,
    bounds: tuple[float, float] = (1.0, 1000.0),
) -> LeakyMemory:
    """Return a neuron with times spaced evenly in their logarithm and 2 · memories hidden units.

    Args:
        inputs, outputs: features.
        key: of the first weights.
        memories: decay times.
        copies: synapses per input.
        branches: 0 for one per synapse.
        synapse_time: in steps; about the fastest change that matters.
        bounds: of the decay times in steps.

    Raises:
        OptionError: a number is out of range, or branches do not divide the synapses.
    """
    synapses = inputs * copies
    branches = branches or synapses
    if min(inputs, outputs, memories, copies) < 1 or synapses % branches:
        raise OptionError(
            "numbers of one or more, branches that divide the synapses",
            f"{inputs}, {outputs}, {memories}, {copies}, {branches}",
            "Correct them.",
        )
    if not (synapse_time > 0 and 0 < bounds[0] < bounds[1]):
        raise OptionError(
            "times above zero, the lower bound first",
            f"{synapse_time}, {bounds}",
            "5.0 and (1.0, 1000.0).",
        )
    share = (jnp.arange(memories) + 0.5) / memories
    first, second, third = (jax_key(key, i) for i in range(3))
    return LeakyMemory(
        jnp.full(synapses, 0.5),
        jnp.log(share / (1 - share)),
        dense(branches + memories, 2 * memories, first),
        dense(2 * memories, memories, second),
        dense(memories, outputs, third),
        inputs,
        branches,
        synapse_time,
        bounds,
    )
