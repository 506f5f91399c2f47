"""Activations as proximal maps: z = σ(v) minimises (z - v)²/2 + f(z)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

HALVINGS, NEWTON_STEPS = 12, 4
"""Together they find a root to rounding: 2^-12 of the bracket, then squared four times."""


class ProximalActivation(ABC):
    """An activation σ = prox_f of a convex f, applied to every number on its own.

    A mean field z = σ(W z + b) is then the zero of the monotone sum (1 - W) z - b + ∂f(z) whenever
    W + Wᵀ ⪯ 2 (1 - m), and there is exactly one.
    """

    @abstractmethod
    def value(self, v: Array) -> Array:
        """Return σ(v)."""

    @abstractmethod
    def slope(self, z: Array) -> Array:
        """Return σ'(v) as a function of z = σ(v)."""

    @abstractmethod
    def penalty(self, z: Array) -> Array:
        """Return f(z)."""

    def prox(self, v: Array, alpha: float | Array) -> Array:
        """Return the minimiser of (z - v)²/2 + α f(z), α above zero.

        With z = σ(w) it is the root of (1 - α) σ(w) + α w = v, which rises with w.
        """
        reach = jnp.abs(1 - alpha) / alpha
        low, high = v / alpha - reach, v / alpha + reach

        def defect(w: Array) -> Array:
            return (1 - alpha) * self.value(w) + alpha * w - v

        for _ in range(HALVINGS):
            w = (low + high) / 2
            above = defect(w) > 0
            low, high = jnp.where(above, low, w), jnp.where(above, w, high)
        w = (low + high) / 2
        for _ in range(NEWTON_STEPS):
            rise = (1 - alpha) * self.slope(self.value(w)) + alpha
            w = jnp.clip(w - defect(w) / rise, low, high)
        return self.value(w)


@final
@dataclass(frozen=True)
class SpinMean(ProximalActivation):
    """σ = tanh: the mean of a sign; f = (1+z)/2·log(1+z) + (1-z)/2·log(1-z) - z²/2."""

    def value(self, v: Array) -> Array:
        return jnp.tanh(v)

    def slope(self, z: Array) -> Array:
        return 1 - z**2

    def penalty(self, z: Array) -> Array:
        entropy = jax.scipy.special.xlogy((1 + z) / 2, 1 + z)
        return entropy + jax.scipy.special.xlogy((1 - z) / 2, 1 - z) - z**2 / 2


@final
@dataclass(frozen=True)
class OccupationMean(ProximalActivation):
    """σ = logistic: the mean of a 0 or 1; f = z log z + (1-z) log(1-z) - z²/2."""

    def value(self, v: Array) -> Array:
        return jax.nn.sigmoid(v)

    def slope(self, z: Array) -> Array:
        return z * (1 - z)

    def penalty(self, z: Array) -> Array:
        entropy = jax.scipy.special.xlogy(z, z) + jax.scipy.special.xlogy(1 - z, 1 - z)
        return entropy - z**2 / 2


@final
@dataclass(frozen=True)
class PositivePart(ProximalActivation):
    """σ = max(·, 0): f is zero for z ≥ 0 and infinite below; its proximal map is σ for every α."""

    def value(self, v: Array) -> Array:
        return jax.nn.relu(v)

    def slope(self, z: Array) -> Array:
        return jnp.where(z > 0, 1.0, 0.0).astype(z.dtype)

    def penalty(self, z: Array) -> Array:
        return jnp.where(z >= 0, 0.0, jnp.inf).astype(z.dtype)

    def prox(self, v: Array, alpha: float | Array) -> Array:
        return jax.nn.relu(v)
