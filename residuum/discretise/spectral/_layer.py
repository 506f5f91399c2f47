"""A map of [-1, 1] that crowds Chebyshev nodes into a layer.

A. Bayliss, E. Turkel, Mappings and accuracy for Chebyshev pseudo-spectral approximations,
J. Comput. Phys. 101 (1992) 349–359: x = c + tan(λ (s - s0)) / a.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array


@final
@dataclass(frozen=True)
class Layer:
    """Where nodes are wanted, in the reference interval [-1, 1].

    Args:
        centre: middle of the layer; -1 or 1 for a layer at the boundary.
        sharpness: about one over the width of the layer; zero for no map at all.
    """

    centre: float = 0.0
    sharpness: float = 0.0

    @property
    def _stretch(self) -> tuple[float, float]:
        right = math.atan(self.sharpness * (1 - self.centre))
        left = math.atan(self.sharpness * (1 + self.centre))
        return (left + right) / 2, (left - right) / (left + right)

    def place(self, s: np.ndarray) -> np.ndarray:
        """Return x in [-1, 1] for s in [-1, 1]."""
        if self.sharpness == 0:
            return s
        slope, shift = self._stretch
        x: np.ndarray = self.centre + np.tan(slope * (s - shift)) / self.sharpness
        # The ends must be the ends, not next to them: boundary conditions are taken there.
        return np.where(np.abs(s) == 1, s, x)

    def back(self, x: Any) -> Any:
        """Return s for x, NumPy or JAX; can be traced and differentiated."""
        if self.sharpness == 0:
            return x
        slope, shift = self._stretch
        xp: Any = np if isinstance(x, np.ndarray) else jnp
        return shift + xp.arctan(self.sharpness * (x - self.centre)) / slope

    def slopes(self, x: Array, order: int) -> list[Array]:
        """Return the Taylor coefficients of s at x, from order 1 to ``order``."""
        found, function = [], self.back
        for k in range(1, order + 1):
            function = _derivative(function)
            found.append(function(x) / math.factorial(k))
        return found

    def chain(self, x: Array, order: int) -> list[list[Array]]:
        """Return c with ∂_x^k p(s(x)) = Σ_j c[k][j] p^(j)(s), for k up to ``order``."""
        one = jnp.ones_like(x)
        power = [one, *[jnp.zeros_like(x)] * order]
        series = [jnp.zeros_like(x), *self.slopes(x, order)]
        table = [[jnp.zeros_like(x)] * (order + 1) for _ in range(order + 1)]
        for j in range(order + 1):
            for k in range(order + 1):
                table[k][j] = power[k] * (math.factorial(k) / math.factorial(j))
            power = [_convolve(power, series, k, one) for k in range(order + 1)]
        return table


def _convolve(left: list[Array], right: list[Array], k: int, one: Array) -> Array:
    return sum((left[i] * right[k - i] for i in range(k + 1)), 0.0 * one)


def _derivative(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    def slope(x: Any) -> Array:
        found: Array = jax.jvp(function, (x,), (jnp.ones_like(x),))[1]
        return found

    return slope
