"""Multitasking Hebbian network: patterns with blanks, several recalled at once."""

from __future__ import annotations

import itertools
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator, jax_key
from residuum.blocks.associative._energy import EnergyModel, check_chain, check_states


class MultitaskingHebbian(EnergyModel):
    """E(s) = -1/2 Σ_{i≠j} J_ij s_i s_j, J_ij = 1/N Σ_μ ξ^μ_i ξ^μ_j, with ξ in {-1, 0, 1}.

    Spins on which a pattern is blank are free to recall the next one. With a share d of blanks and
    few patterns, the overlaps m_μ = 1/N ξ^μ · s at rest are d^{μ-1} (1 - d) while d is mild
    (hierarchical), and level where d is strong. Spins are updated one after another.

    Args:
        patterns: ξ, shape (patterns, spins), of -1, 0 and 1.

    Raises:
        OptionError: the patterns hold another number.

    Good start: ``settle(network, hierarchical_state(patterns))``.

    Breaks where the patterns are as many as a share of the spins: their noise is not small then.

    Source: E. Agliari, A. Alessandrelli, A. Barra, F. Ricci-Tersenghi, arXiv:2308.04106.
    """

    patterns: np.ndarray

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "multitasking-hebbian",
            "Parallel Learning by Multitasking Neural Networks",
            "E. Agliari, A. Alessandrelli, A. Barra, F. Ricci-Tersenghi",
            2023,
            "arXiv:2308.04106",
            "reproduced",
        ),
    )

    def __init__(self, patterns: np.ndarray) -> None:
        patterns = np.asarray(patterns, float)
        if patterns.ndim != 2 or not np.isin(patterns, (-1, 0, 1)).all():
            raise OptionError(
                "patterns of -1, 0 and 1, shape (patterns, spins)",
                str(patterns.shape),
                "Make them with diluted_patterns.",
            )
        self.patterns = patterns

    @property
    def units(self) -> int:
        return int(self.patterns.shape[1])

    def overlaps(self, state: Array | np.ndarray) -> np.ndarray:
        """Return m, shape (n, patterns)."""
        return np.asarray(state) @ self.patterns.T / self.units

    def energy(self, state: Array) -> Array:
        check_states(self, state)
        overlaps = state @ jnp.asarray(self.patterns.T, state.dtype) / self.units
        own = float((self.patterns**2).sum()) / self.units
        return -0.5 * (self.units * jnp.sum(overlaps**2, axis=1) - own)

    def update(self, state: Array) -> Array:
        check_states(self, state)
        return _sweep(self.patterns, state, jnp.zeros_like(state), 0.0)

    def chain(self, state: Array, *, temperature: float, sweeps: int, key: Key) -> np.ndarray:
        """Return the states after sweeps of Glauber's dynamics; temperature 0 is ``update``.

        Raises:
            OptionError: the temperature is below zero or there is no sweep.
        """
        check_chain(self, state, temperature, sweeps)
        patterns = jnp.asarray(self.patterns, state.dtype)
        return np.asarray(_chain(patterns, state, temperature, sweeps, jax_key(key, 1)))


def _sweep(patterns: Array | np.ndarray, state: Array, noise: Array, temperature: float) -> Array:
    count = patterns.shape[1]
    columns = jnp.asarray(patterns.T, state.dtype)

    def one(i: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        s, sums = carry
        xi, spin = columns[i], s[:, i]
        field = (sums @ xi - spin * (xi @ xi)) / count + temperature / 2 * noise[:, i]
        new = jnp.where(field == 0, spin, jnp.sign(field))
        return s.at[:, i].set(new), sums + (new - spin)[:, None] * xi

    return jax.lax.fori_loop(0, count, one, (state, state @ columns))[0]


@eqx.filter_jit
def _chain(patterns: Array, state: Array, temperature: float, sweeps: int, key: Array) -> Array:
    def one(t: Array, s: Array) -> Array:
        noise = jax.random.logistic(jax.random.fold_in(key, t), s.shape, s.dtype)
        return _sweep(patterns, s, noise, temperature)

    return jax.lax.fori_loop(0, sweeps, one, state)


def diluted_patterns(count: int, spins: int, blanks: float, key: Key) -> np.ndarray:
    """Return patterns with P(±1) = (1 - d)/2 and P(0) = d, shape (count, spins).

    Raises:
        OptionError: the share of blanks is not in [0, 1).
    """
    if not 0 <= blanks < 1:
        raise OptionError("a share of blanks in [0, 1)", str(blanks), "Try 0.3.")
    odds = [(1 - blanks) / 2, blanks, (1 - blanks) / 2]
    return generator(key, 0).choice([-1.0, 0.0, 1.0], size=(count, spins), p=odds)


def hierarchical_state(patterns: np.ndarray) -> np.ndarray:
    """Return the first pattern, its blanks filled from the second, and so on; shape (1, spins)."""
    state = np.zeros(patterns.shape[1])
    for row in patterns:
        state = np.where(state == 0, row, state)
    return np.where(state == 0, 1.0, state)[None]


def multitasking_overlaps(
    count: int, blanks: float, *, temperature: float = 0.0, start: np.ndarray | None = None
) -> np.ndarray:
    """Return the overlaps at rest for N → ∞, the fixed point of m = E ξ tanh(ξ · m / T).

    The mean over ξ is the exact sum over the 3^count values. At T = 0, a spin whose field vanishes
    is either sign as often.

    Args:
        count: patterns, ten at most.
        blanks: d.
        temperature: T, from zero.
        start: shape (count,); the hierarchy d^{μ-1} (1 - d) where none is given.

    Raises:
        OptionError: an argument is out of range.
    """
    if not 1 <= count <= 10 or not 0 <= blanks < 1 or not temperature >= 0:
        raise OptionError(
            "1 to 10 patterns, blanks in [0, 1), a temperature from zero",
            f"{count}, {blanks}, {temperature}",
            "Correct them.",
        )
    values = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=count)))
    odds = np.prod(np.where(values == 0, blanks, (1 - blanks) / 2), axis=1)
    m = hierarchy(count, blanks) if start is None else np.asarray(start, float)
    for _ in range(10_000):
        field = values @ m
        field[np.abs(field) < 1e-12] = 0.0
        spins = np.sign(field) if temperature == 0 else np.tanh(field / temperature)
        new = (odds * spins) @ values
        if np.abs(new - m).max() < 1e-13:
            break
        m = new
    return np.asarray(m)


def hierarchy(count: int, blanks: float) -> np.ndarray:
    """Return d^{μ-1} (1 - d) for μ = 1 … count."""
    return np.asarray(blanks ** np.arange(count) * (1 - blanks))
