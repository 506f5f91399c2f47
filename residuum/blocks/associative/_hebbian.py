"""Dense Hebbian networks: patterns in interactions of P spins, learned from noisy examples."""

from __future__ import annotations

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Key, OptionError, Source, generator, jax_key
from residuum.blocks.associative._energy import EnergyModel, check_chain, check_states


class DenseHebbian(EnergyModel):
    """E(s) = -1/C Σ_μ Σ_{i1<…<iP} Π_k η^μ_{ik} s_{ik}, C = binomial(N - 1, P - 1), s_i = ±1.

    η^μ is the mean of the noisy examples of archetype μ. The sums over P spins are elementary
    symmetric polynomials of η^μ_i s_i; they follow from sums of powers (Newton's identities), so
    that an update costs P numbers per pattern and spin and no tensor of weights is kept. Spins are
    updated one after another, s_i ← sign(h_i), h_i = -∂E/∂s_i: each update lowers the energy or
    keeps the spin.

    In float32 the field of a spin is known to about 1e-6 √K of the field of one pattern, far below
    its noise.

    Args:
        patterns: η, shape (patterns, spins), NumPy: constants.
        order: P, two or more.

    Raises:
        OptionError: the patterns are no finite matrix, or P is out of range.

    Good start: ``settle(DenseHebbian(patterns, 4), noisy)``.

    Breaks where more than ``hebbian_threshold(P) · binomial(N - 1, P - 1)`` archetypes are stored.

    Source: E. Agliari et al., arXiv:2212.00606.
    """

    patterns: np.ndarray
    order: int = eqx.field(static=True)

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "dense-hebbian-supervised",
            "Dense Hebbian neural networks: a replica symmetric picture of supervised learning",
            "E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, "
            "D. Lotito, D. Pedreschi",
            2022,
            "arXiv:2212.00606",
            "verified",
        ),
    )

    def __init__(self, patterns: np.ndarray, order: int = 2) -> None:
        patterns = np.asarray(patterns, float)
        if patterns.ndim != 2 or not np.isfinite(patterns).all():
            raise OptionError(
                "finite patterns of shape (patterns, spins)",
                str(patterns.shape),
                "One row per archetype.",
            )
        if not 2 <= order <= patterns.shape[1]:
            raise OptionError("interactions of 2 spins or more", str(order), "Try 2 or 4.")
        self.patterns, self.order = patterns, int(order)

    @property
    def units(self) -> int:
        return int(self.patterns.shape[1])

    @property
    def weight(self) -> float:
        """1 / binomial(N - 1, P - 1): the field of one whole pattern is then one."""
        return 1.0 / math.comb(self.units - 1, self.order - 1)

    def energy(self, state: Array) -> Array:
        check_states(self, state)
        eta = jnp.asarray(self.patterns, state.dtype)
        terms = _elementary(_powers(eta, state, self.order))[-1]
        return -self.weight * jnp.sum(terms, axis=-1)

    def update(self, state: Array) -> Array:
        check_states(self, state)
        # Spins along rows: a spin's column of patterns is then read in one piece.
        columns = jnp.asarray(self.patterns.T, state.dtype)
        sums = jnp.stack(_powers(columns.T, state, self.order))
        return self._sweep(columns, (state, sums), jnp.zeros_like(state), 0.0)[0]

    def chain(self, state: Array, *, temperature: float, sweeps: int, key: Key) -> np.ndarray:
        """Return the states after sweeps of Glauber's dynamics, P(s_i = 1) = 1/(1 + e^{-2h_i/T}).

        The temperature is in units of the field of one whole pattern; 0 is ``update``.

        Raises:
            OptionError: the temperature is below zero or there is no sweep.
        """
        check_chain(self, state, temperature, sweeps)
        columns = jnp.asarray(self.patterns.T, state.dtype)
        return np.asarray(_chain(self, columns, state, temperature, sweeps, jax_key(key, 2)))

    def _sweep(
        self, columns: Array, carry: tuple[Array, Array], noise: Array, temperature: float | Array
    ) -> tuple[Array, Array]:
        """Update all spins in turn; logistic noise, (n, spins), moves fields by T/2 of it."""
        odd = [k % 2 for k in range(1, self.order + 1)]

        def one(i: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
            s, sums = carry
            eta, spin = columns[i], s[:, i]
            field = self._field(eta, spin[:, None], sums) + temperature / 2 * noise[:, i]
            new = jnp.where(field == 0, spin, jnp.sign(field))
            steps = jnp.stack([eta**k * o for k, o in enumerate(odd, start=1)])
            return s.at[:, i].set(new), sums + (new - spin)[:, None] * steps[:, None]

        return jax.lax.fori_loop(0, self.units, one, carry)

    def _field(self, eta: Array, spin: Array, sums: Array) -> Array:
        """Return h_i, with the spin itself divided out of the symmetric polynomials."""
        whole = _elementary(list(sums))
        rest = jnp.ones_like(eta)
        for k in range(1, self.order):
            rest = whole[k] - eta * spin * rest
        return self.weight * jnp.sum(eta * rest, axis=-1)


@eqx.filter_jit
def _chain(
    model: DenseHebbian, columns: Array, state: Array, temperature: float, sweeps: int, key: Array
) -> Array:
    def one(t: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        noise = jax.random.logistic(jax.random.fold_in(key, t), state.shape, state.dtype)
        return model._sweep(columns, carry, noise, temperature)

    # The patterns travel as an argument, so that one program serves all of one shape.
    sums = jnp.stack(_powers(columns.T, state, model.order))
    return jax.lax.fori_loop(0, sweeps, one, (state, sums))[0]


def _powers(eta: Array, state: Array, order: int) -> list[Array]:
    """Return Σ_i (η_i s_i)^k for k = 1 … P, each of shape (n, patterns)."""
    ones = jnp.ones_like(state)
    return [(state if k % 2 else ones) @ (eta**k).T for k in range(1, order + 1)]


def _elementary(powers: list[Array]) -> list[Array]:
    """Return the elementary symmetric polynomials e_0 … e_P from sums of powers."""
    found = [jnp.ones_like(powers[0])]
    for k in range(1, len(powers) + 1):
        terms = [(-1) ** (j - 1) * found[k - j] * powers[j - 1] for j in range(1, k + 1)]
        found.append(sum(terms[1:], terms[0]) / k)
    return found


def archetypes(count: int, spins: int, key: Key) -> np.ndarray:
    """Return random signs, shape (count, spins)."""
    return generator(key, 0).choice([-1.0, 1.0], size=(count, spins))


def example_means(patterns: np.ndarray, examples: int, quality: float, key: Key) -> np.ndarray:
    """Return the means of M noisy examples of each archetype, shape (patterns, spins).

    Every spin of an example is that of its archetype with probability (1 + r) / 2. The spread of
    the means is ρ = (1 - r²) / (M r²) against their squared size r².

    Raises:
        OptionError: no example, or a quality outside (0, 1].
    """
    if examples < 1 or not 0 < quality <= 1:
        raise OptionError(
            "one example or more, a quality in (0, 1]", f"{examples}, {quality}", "Correct them."
        )
    right = generator(key, 1).binomial(examples, (1 + quality) / 2, patterns.shape)
    return np.asarray(patterns * (2 * right / examples - 1))
