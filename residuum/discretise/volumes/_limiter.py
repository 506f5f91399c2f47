"""Slope limiters: how steep a cell may be, from its differences to both neighbours.

P. K. Sweby, High resolution schemes using flux limiters for hyperbolic conservation laws, SIAM J.
Numer. Anal. 21 (1984), gives the region in which the scheme is total-variation diminishing: a
slope of the sign of both differences and at most twice the smaller one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError


class Limiter(ABC):
    """The slope of a cell, times its width, from two differences."""

    @abstractmethod
    def __call__(self, back: Array, ahead: Array) -> Array:
        """Return the slope: arrays of equal shape in and out; scales with them."""


@final
@dataclass(frozen=True)
class Minmod(Limiter):
    """The smallest of θ·back, the mean and θ·ahead; zero where their signs differ.

    θ = 1 is the most diffusive, θ = 2 (van Leer's monotonised central slope) the sharpest.

    Args:
        theta: between 1 and 2.
    """

    theta: float = 1.5

    def __post_init__(self) -> None:
        if not 1 <= self.theta <= 2:
            raise OptionError("a theta between 1 and 2", repr(self.theta), "Take 1.5.")

    def __call__(self, back: Array, ahead: Array) -> Array:
        smallest = self.theta * jnp.minimum(jnp.abs(back), jnp.abs(ahead))
        size = jnp.minimum(smallest, jnp.abs(back + ahead) / 2)
        return jnp.where(back * ahead > 0, jnp.sign(back) * size, 0.0)


@final
@dataclass(frozen=True)
class VanLeer(Limiter):
    """The harmonic mean of the differences: smooth, and between the extremes of ``Minmod``."""

    def __call__(self, back: Array, ahead: Array) -> Array:
        same = back * ahead > 0
        total = jnp.where(same, back + ahead, 1.0)
        return jnp.where(same, 2 * back * ahead / total, 0.0)
