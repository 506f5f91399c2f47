"""Annealed Ising machine: asynchronous flips under a threshold that falls with time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy import sparse

from residuum._core import Key, OptionError, Source, jax_key
from residuum.blocks.associative._energy import EnergyModel, check_states


class Ising(EnergyModel):
    """E(s) = 1/2 Σ_ij w_ij s_i s_j of signs on a sparse graph; the update is a greedy sweep.

    The cut of a graph with weights w is (Σ_ij w_ij / 2 - E) / 2: the lowest energy is the largest
    cut.

    Args:
        matrix: w, sparse, symmetric, no diagonal.

    Raises:
        OptionError: the matrix is not square, not symmetric, or has a diagonal.

    Good start: ``anneal(Ising(matrix), FowlerNordheim(), flips=2_000_000, key=7)``.

    Source: Z. Chen et al., Nature Communications 2025.
    """

    neighbours: np.ndarray
    weights: np.ndarray

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "neurosa-ising",
            "ON-OFF Neuromorphic ISING Machines using Fowler-Nordheim Annealers",
            "Z. Chen, Z. Xiao, M. Akl, J. Leugring, O. Olajide, A. Malik, N. Dennler, C. Harper, "
            "S. Bose, H. A. Gonzalez, M. Samaali, G. Liu, J. Eshraghian, R. Pignari, G. Urgese, "
            "A. G. Andreou, S. Shankar, C. Mayr, G. Cauwenberghs, S. Chakrabartty",
            2025,
            "doi:10.1038/s41467-025-58231-5",
            "not met",
        ),
    )

    def __init__(self, matrix: sparse.spmatrix) -> None:
        matrix = sparse.csr_matrix(matrix).astype(float)
        if matrix.shape[0] != matrix.shape[1] or abs(matrix - matrix.T).max() > 0:
            raise OptionError("a symmetric matrix", str(matrix.shape), "Store both directions.")
        if np.abs(matrix.diagonal()).max() > 0:
            raise OptionError("no diagonal", "a diagonal", "A spin does not couple to itself.")
        degrees = np.diff(matrix.indptr)
        self.neighbours = np.zeros((matrix.shape[0], max(int(degrees.max()), 1)), np.int32)
        self.weights = np.zeros(self.neighbours.shape)
        place = np.arange(len(matrix.data)) - np.repeat(matrix.indptr[:-1], degrees)
        rows = np.repeat(np.arange(matrix.shape[0]), degrees)
        self.neighbours[rows, place] = matrix.indices
        self.weights[rows, place] = matrix.data

    @property
    def units(self) -> int:
        return len(self.neighbours)

    @property
    def scale(self) -> Array:
        """√(mean of Σ_j w_ij²): the size of a spin's field in a random state."""
        return jnp.sqrt(jnp.mean(jnp.sum(jnp.asarray(self.weights) ** 2, axis=1)))

    def field(self, state: Array) -> Array:
        """Return Σ_j w_ij s_j, shape (n, units)."""
        weights = jnp.asarray(self.weights, state.dtype)
        return jnp.sum(weights * state[:, self.neighbours], axis=-1)

    def energy(self, state: Array) -> Array:
        check_states(self, state)
        return 0.5 * jnp.sum(state * self.field(state), axis=1)

    def cut(self, state: Array) -> Array:
        """Return the weight of the edges between the two sides, shape (n,)."""
        return (self.weights.sum() / 2 - self.energy(state)) / 2

    def update(self, state: Array) -> Array:
        check_states(self, state)
        weights = jnp.asarray(self.weights, state.dtype)

        def one(i: Array, s: Array) -> Array:
            field = s[:, self.neighbours][:, i] @ weights[i]
            return s.at[:, i].set(jnp.where(field == 0, s[:, i], -jnp.sign(field)))

        return jax.lax.fori_loop(0, self.units, one, state)


class Cooling(ABC):
    """Temperatures over the flips of an annealing, in units of the scale of a spin's field."""

    @abstractmethod
    def temperature(self, share: Array, flips: int) -> Array:
        """Return T after a share in [0, 1] of all flips."""


@final
@dataclass(frozen=True)
class FowlerNordheim(Cooling):
    """T = T_0 log(k) / log(k + n r), the decay of a charge that tunnels through a barrier.

    Cooling as 1/log of time is the fastest under which annealing is sure to find the ground state
    in the end. One setting serves all graphs: temperatures are in units of a spin's field.

    Args:
        start: T_0, above zero.
        offset: k, above one.
        rate: r per attempted flip, above zero: about 200 over the number of flips.

    Raises:
        OptionError: a number is out of range.
    """

    start: float = 2.0
    offset: float = 1.5
    rate: float = 1e-4

    def __post_init__(self) -> None:
        if not (self.start > 0 and self.offset > 1 and self.rate > 0):
            raise OptionError("start and rate above 0, offset above 1", str(self), "Defaults do.")

    def temperature(self, share: Array, flips: int) -> Array:
        return self.start * np.log(self.offset) / jnp.log(self.offset + self.rate * share * flips)


@final
@dataclass(frozen=True)
class Geometric(Cooling):
    """T = T_0 (T_1 / T_0)^share, the usual cooling.

    Raises:
        OptionError: a temperature is not above zero.
    """

    start: float = 2.0
    end: float = 0.05

    def __post_init__(self) -> None:
        if not (self.start > 0 and self.end > 0):
            raise OptionError("temperatures above zero", str(self), "2 and 0.05.")

    def temperature(self, share: Array, flips: int) -> Array:
        return self.start * (self.end / self.start) ** share


def anneal(model: Ising, cooling: Cooling, *, flips: int, key: Key, chains: int = 1) -> np.ndarray:
    """Return the best states of independent chains, after a greedy finish; shape (chains, units).

    One attempted flip: a spin is drawn; with field f_i = Σ_j w_ij s_j it flips where
    -s_i f_i < -T/2 · log ξ, ξ uniform in (0, 1): Metropolis' rule with a threshold made of noise,
    as an integrate-and-fire neuron compares with a noisy one. The best of all sweeps is kept.

    Args:
        model: the graph.
        cooling: temperatures.
        flips: attempted flips of each chain; rounded up to whole sweeps.
        key: randomness.
        chains: of different random starts.

    Raises:
        OptionError: a number is below one.
    """
    if flips < 1 or chains < 1:
        raise OptionError("one flip and one chain or more", f"{flips}, {chains}", "Correct them.")
    sweeps = -(-flips // model.units)
    keys = jax.random.split(jax_key(key, 0), chains)
    best = _anneal(model, cooling, sweeps, keys)
    while True:
        better = model.update(best)
        if bool(jnp.all(better == best)):
            return np.asarray(best)
        best = better


@eqx.filter_jit
def _anneal(model: Ising, cooling: Cooling, sweeps: int, keys: Array) -> Array:
    count = model.units
    neighbours = jnp.asarray(model.neighbours)
    weights = jnp.asarray(model.weights, jnp.float32)
    scale = model.scale

    def chain(key: Array) -> Array:
        spins = jnp.where(jax.random.bernoulli(key, 0.5, (count,)), 1.0, -1.0)
        field = model.field(spins[None])[0]
        energy = 0.5 * jnp.sum(spins * field)

        def sweep(t: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
            first, second = jax.random.split(jax.random.fold_in(key, t))
            places = jax.random.randint(first, (count,), 0, count)
            noise = jax.random.exponential(second, (count,))
            share = (t * 1.0 * count + jnp.arange(count)) / (sweeps * count)
            heat = cooling.temperature(share, sweeps * count) * scale / 2 * noise

            def flip(j: Array, inner: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
                s, f, e = inner
                i = places[j]

                def turned() -> tuple[Array, Array, Array]:
                    turn = -2 * s[i]
                    moved = f.at[neighbours[i]].add(turn * weights[i])
                    return s.at[i].add(turn), moved, e + turn * f[i]

                return jax.lax.cond(-s[i] * f[i] < heat[j], turned, lambda: inner)

            s, f, e, best, lowest = carry
            s, f, e = jax.lax.fori_loop(0, count, flip, (s, f, e))
            best = jnp.where(e < lowest, s, best)
            return s, f, e, best, jnp.minimum(e, lowest)

        start = (spins, field, energy, spins, energy)
        return jax.lax.fori_loop(0, sweeps, sweep, start)[3]

    # Chains in turn: scattered additions to one chain are faster than to a batch.
    return jax.lax.map(chain, keys)
