"""Implicit–explicit Runge–Kutta of third order for v' = L v + N(v, t).

U. M. Ascher, S. J. Ruuth, R. J. Spiteri, Implicit-explicit Runge–Kutta methods for time-dependent
partial differential equations, Appl. Numer. Math. 25 (1997): the scheme (4,4,3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from jax import Array

from residuum._core import Source
from residuum.discretise.time._additive import Additive, Rate, apply

PLACES = (0.0, 1 / 2, 2 / 3, 1 / 2, 1.0)
DIAGONAL = 1 / 2
IMPLICIT = ((), (1 / 2,), (1 / 6, 1 / 2), (-1 / 2, 1 / 2, 1 / 2), (3 / 2, -3 / 2, 1 / 2, 1 / 2))
"""Weights of L v at stages 1 … i; the last row is also the step."""
EXPLICIT = (
    (),
    (1 / 2,),
    (11 / 18, 1 / 18),
    (5 / 6, -5 / 6, 1 / 2),
    (1 / 4, 7 / 4, 3 / 4, -7 / 4),
)
"""Weights of N at stages 0 … i - 1; the last row is also the step."""


@final
@dataclass(frozen=True)
class IMEX(Additive):
    """Implicit in L, explicit in N, stable for any stiff L that decays, of third order.

    Cheaper to set up than exponentials and damps fast modes that ``ETDRK4`` carries on; at equal
    steps it is less accurate.
    """

    name: ClassVar[str] = "imex"
    order: ClassVar[int] = 3
    source: ClassVar[Source] = Source(
        "imex-ark443",
        "Implicit-explicit Runge–Kutta methods for time-dependent partial differential equations",
        "U. M. Ascher, S. J. Ruuth, R. J. Spiteri",
        1997,
        "doi:10.1016/S0168-9274(97)00056-1",
        "verified",
    )

    def numbers(self, symbol: Any, step: Any, *, block: bool = False, xp: Any = np) -> Any:
        """Return L and (1 - step·L/2)⁻¹; see ``Additive.numbers``."""
        if not block:
            return symbol, 1.0 / (1.0 - DIAGONAL * step * symbol)
        blocks = xp.moveaxis(symbol, (0, 1), (-2, -1))
        inverse = xp.linalg.inv(np.eye(len(symbol)) - DIAGONAL * step * blocks)
        return symbol, xp.moveaxis(inverse, (-2, -1), (0, 1))

    def once(self, state: Array, time: Array, step: Array, *, numbers: Any, rate: Rate) -> Array:
        """Return the state one step later."""
        symbol, inverse = numbers
        forces, new = [rate(state, time)], state
        pulls: list[Array] = []
        for i in range(1, 5):
            total = state
            for weight, force in zip(EXPLICIT[i], forces, strict=True):
                total = total + (step * weight) * force
            for weight, pull in zip(IMPLICIT[i][:-1], pulls, strict=True):
                total = total + (step * weight) * pull
            new = apply(inverse, total)
            pulls.append(apply(symbol, new))
            if i < 4:
                forces.append(rate(new, time + step * PLACES[i]))
        # Both last rows are the weights of the step itself: it ends at the last stage.
        return new
