"""A map of [-1, 1] that crowds Chebyshev nodes into a layer.

A. Bayliss, E. Turkel, Mappings and accuracy for Chebyshev pseudo-spectral approximations,
J. Comput. Phys. 101 (1992) 349–359: x = c + tan(λ (s - s0)) / a.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np


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

    def slopes(self, x: Any, order: int) -> list[Any]:
        """Return the Taylor coefficients of s at x, from order 1 to ``order``."""
        if self.sharpness == 0:
            return [x * 0.0 + float(k == 1) for k in range(1, order + 1)]
        z, found = self.sharpness * (x - self.centre), []
        # 1/(1 + (z + h)²) as a series in h, by long division; its integral is the arc tangent.
        last, current = 0.0 * z, 1.0 / (1.0 + z * z)
        for k in range(1, order + 1):
            found.append(current * (self.sharpness**k / (k * self._stretch[0])))
            last, current = current, -(2 * z * current + last) / (1.0 + z * z)
        return found

    def chain(self, x: Any, order: int) -> list[list[Any]]:
        """Return c with ∂_x^k p(s(x)) = Σ_j c[k][j] p^(j)(s), for k up to ``order``."""
        none = 0.0 * x
        power = [none + 1.0, *[none] * order]
        series = [none, *self.slopes(x, order)]
        table = [[none] * (order + 1) for _ in range(order + 1)]
        for j in range(order + 1):
            for k in range(order + 1):
                table[k][j] = power[k] * (math.factorial(k) / math.factorial(j))
            power = [
                sum((power[i] * series[k - i] for i in range(k + 1)), none)
                for k in range(order + 1)
            ]
        return table
