"""Approximate Riemann solvers that need wave speeds and nothing else of the system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
from jax import Array

from residuum._core import Source

HARTEN = Source(
    "hll",
    "On upstream differencing and Godunov-type schemes for hyperbolic conservation laws",
    "A. Harten, P. D. Lax, B. van Leer",
    1983,
    "doi:10.1137/1025002",
    "verified",
)


class Riemann(ABC):
    """The flux through a face between two states."""

    @abstractmethod
    def __call__(
        self, states: tuple[Array, Array], fluxes: tuple[Array, Array], speeds: tuple[Array, Array]
    ) -> Array:
        """Return the flux.

        Args:
            states, fluxes: left and right of the face, (m, …) each.
            speeds: of the slowest and of the fastest wave, (…) each.
        """


def _between(
    states: tuple[Array, Array], fluxes: tuple[Array, Array], low: Array, high: Array
) -> Array:
    width = high - low
    still = width <= 0
    safe = jnp.where(still, 1.0, width)
    jump = states[1] - states[0]
    moved = (high * fluxes[0] - low * fluxes[1] + low * high * jump) / safe
    return jnp.where(still, (fluxes[0] + fluxes[1]) / 2, moved)


@final
@dataclass(frozen=True)
class HLL(Riemann):
    """One state between the slowest and the fastest wave (Harten, Lax, van Leer).

    Smears contacts and shears more than solvers that know the waves between; keeps densities and
    pressures positive where the speeds bound the true ones.
    """

    def __call__(
        self, states: tuple[Array, Array], fluxes: tuple[Array, Array], speeds: tuple[Array, Array]
    ) -> Array:
        low, high = jnp.minimum(speeds[0], 0.0), jnp.maximum(speeds[1], 0.0)
        return _between(states, fluxes, low, high)


@final
@dataclass(frozen=True)
class Rusanov(Riemann):
    """The largest speed both ways: the most diffusive and the most robust (Rusanov 1961)."""

    def __call__(
        self, states: tuple[Array, Array], fluxes: tuple[Array, Array], speeds: tuple[Array, Array]
    ) -> Array:
        top = jnp.maximum(jnp.abs(speeds[0]), jnp.abs(speeds[1]))
        return _between(states, fluxes, -top, top)
