"""Forces of equilibria: coupled tanh units, and steady diffusion with reaction."""

from __future__ import annotations

from typing import ClassVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.blocks._fixed_point import Force


@final
class TanhUnits(Force):
    """F = ρ'(u) (W ρ(u) + V x + b) - u with ρ = tanh.

    With a symmetric W it is minus the gradient of an energy, and its Jacobian is symmetric.

    Args:
        weight: W, shape (units, units).
        drive: V, shape (units, inputs).
        bias: b, shape (units,).
    """

    weight: Array | np.ndarray
    drive: Array | np.ndarray
    bias: Array | np.ndarray

    @property
    def sizes(self) -> tuple[int, int]:
        return self.drive.shape[1], self.weight.shape[0]

    def __call__(self, u: Array, x: Array) -> Array:
        rate = jnp.tanh(u)
        return (1 - rate**2) * (self.weight @ rate + self.drive @ x + self.bias) - u


def tanh_units(
    inputs: int, units: int, key: Array, *, gain: float = 0.5, symmetric: bool = True
) -> TanhUnits:
    """Return coupled units with normal weights; the gain is the spectral radius of W, about."""
    first, second = jax.random.split(key)
    weight = jax.random.normal(first, (units, units)) * gain / units**0.5
    if symmetric:
        weight = (weight + weight.T) / 8**0.5
    drive = jax.random.normal(second, (units, inputs)) / inputs**0.5
    return TanhUnits(weight, drive, jnp.zeros(units))


@final
class DiffusionReaction(Force):
    """F = x - [-(k u')' + a u' + u³] on (0, 1) with u = 0 at both ends.

    u and x live on n nodes inside, spacing h = 1/(n + 1); k on the n + 1 faces between them.
    The flux is central, and exact to second order in h. The Jacobian is symmetric for a = 0.

    Args:
        logarithm: log k, shape (n + 1,).
        advection: a.

    Raises:
        OptionError: fewer than three nodes.
    """

    logarithm: Array | np.ndarray
    advection: float = 0.0

    banded: ClassVar[bool] = True

    def __check_init__(self) -> None:
        if self.logarithm.ndim != 1 or self.logarithm.shape[0] < 4:
            got = str(self.logarithm.shape)
            raise OptionError("a conductivity for each of four faces or more", got, "Add nodes.")

    @property
    def sizes(self) -> tuple[int, int]:
        nodes = self.logarithm.shape[0] - 1
        return nodes, nodes

    def __call__(self, u: Array, x: Array) -> Array:
        h = 1.0 / self.logarithm.shape[0]
        held = jnp.pad(u, 1)
        flux = jnp.exp(self.logarithm) * jnp.diff(held) / h
        drift = self.advection * (held[2:] - held[:-2]) / (2 * h)
        return x + jnp.diff(flux) / h - drift - u**3
