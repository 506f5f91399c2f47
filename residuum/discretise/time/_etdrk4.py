"""Exponential time differencing of fourth order for v' = L v + N(v, t).

S. M. Cox, P. C. Matthews, Exponential time differencing for stiff systems, J. Comput. Phys. 176
(2002); A.-K. Kassam, L. N. Trefethen, Fourth-order time-stepping for stiff PDEs, SIAM J. Sci.
Comput. 26 (2005), whose contour integrals keep the coefficients free of cancellation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import jax
import numpy as np
from jax import Array

from residuum._core import Source
from residuum.discretise.time._additive import Additive, Rate, apply
from residuum.discretise.time._phi import doublings, phi

CONTOUR = 64


class Coefficients(NamedTuple):
    """Numbers of the method for one step length, each of the shape of the symbol."""

    half: Any
    full: Any
    stage: Any
    first: Any
    middle: Any
    last: Any


def coefficients(symbol: Any, step: Any, xp: Any = np) -> Coefficients:
    """Return the coefficients by the mean over a circle of radius one around each L·step."""
    circle = np.exp(2j * np.pi * (np.arange(CONTOUR) + 0.5) / CONTOUR)
    scaled = step * symbol
    real = not np.iscomplexobj(symbol)
    # The circle is symmetric: for a real symbol the upper half is enough, its real part doubled.
    circle = circle[: CONTOUR // 2] if real else circle
    if xp is np:
        total = [np.zeros(symbol.shape, complex) for _ in range(4)]
        for shift in circle:
            for k, part in enumerate(_integrands(scaled + shift, np)):
                total[k] += part
    else:
        # One array for all points: a trace of the loop would take long to compile.
        points = circle.reshape(-1, *[1] * symbol.ndim)
        total = [part.sum(axis=0) for part in _integrands(scaled[None] + points, xp)]
    if real:
        total = [2 * item.real for item in total]
    stage, first, middle, last = (item * (step / CONTOUR) for item in total)
    return Coefficients(xp.exp(scaled / 2), xp.exp(scaled), stage, first, 2 * middle, last)


def _integrands(z: Any, xp: Any) -> tuple[Any, Any, Any, Any]:
    e, cube = xp.exp(z), z**3
    return (
        (xp.exp(z / 2) - 1) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / cube,
        (2 + z + e * (z - 2)) / cube,
        (-4 - 3 * z - z**2 + e * (4 - z)) / cube,
    )


def block_coefficients(symbol: Any, step: Any, xp: Any = np) -> Coefficients:
    """Return the coefficients of a matrix at every mode, (entries, entries, …)."""
    blocks = xp.moveaxis(step * symbol, (0, 1), (-2, -1))
    if isinstance(blocks, np.ndarray):
        times = doublings(blocks)
        deepest = int(times.max(initial=0))
    else:
        # Under a trace the sizes are not known in advance, and not worth a derivative.
        times, deepest = doublings(jax.lax.stop_gradient(blocks), xp), DEEP
    before = xp.maximum(times - 1, 0)
    half = phi(blocks / 2, before, deepest=deepest, xp=xp)
    full = phi(blocks, times, deepest=deepest, xp=xp)
    found = (
        half[0],
        full[0],
        half[1] * (step / 2),
        (full[1] - 3 * full[2] + 4 * full[3]) * step,
        (2 * full[2] - 4 * full[3]) * step,
        (4 * full[3] - full[2]) * step,
    )
    return Coefficients(*(xp.moveaxis(item, (-2, -1), (0, 1)) for item in found))


DEEP = 16
"""Doublings under a trace: enough for matrices up to norm 30,000."""


@final
@dataclass(frozen=True)
class ETDRK4(Additive):
    """Exponential Runge–Kutta of fourth order: the linear part is integrated exactly.

    Good for everything with a stiff linear part. Breaks (needs small steps) where the nonlinear
    part is stiff itself, such as diffusion that varies in space.
    """

    name: ClassVar[str] = "etdrk4"
    order: ClassVar[int] = 4
    source: ClassVar[Source] = Source(
        "etdrk4",
        "Fourth-order time-stepping for stiff PDEs",
        "A.-K. Kassam, L. N. Trefethen",
        2005,
        "doi:10.1137/S1064827502410633",
        "verified",
    )

    def numbers(self, symbol: Any, step: Any, *, block: bool = False, xp: Any = np) -> Coefficients:
        """Return the coefficients; see ``Additive.numbers``."""
        return (block_coefficients if block else coefficients)(symbol, step, xp)

    def once(self, state: Array, time: Array, step: Array, *, numbers: Any, rate: Rate) -> Array:
        """Return the state one step later."""
        begin = rate(state, time)
        a = apply(numbers.half, state) + apply(numbers.stage, begin)
        at_a = rate(a, time + step / 2)
        b = apply(numbers.half, state) + apply(numbers.stage, at_a)
        at_b = rate(b, time + step / 2)
        c = apply(numbers.half, a) + apply(numbers.stage, 2 * at_b - begin)
        at_c = rate(c, time + step)
        gain = apply(numbers.first, begin) + apply(numbers.middle, at_a + at_b)
        return apply(numbers.full, state) + gain + apply(numbers.last, at_c)
