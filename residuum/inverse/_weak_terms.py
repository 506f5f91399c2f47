"""Terms as derivatives of functions of the unknown, which integration by parts moves to a test
function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from residuum._core import ProblemError
from residuum.problem._symbols import Unknown

POWER = 8
"""Power of the bump (1 - s²)^POWER: its derivatives up to order seven vanish at the ends."""


@dataclass(frozen=True)
class WeakTerm:
    """A term ∂^α g(u).

    Args:
        term: as it was written.
        inner: g(u), an expression of the unknown alone.
        order: α, one number per coordinate.
    """

    term: Any
    inner: Any
    order: tuple[int, ...]

    def values(self, u: Unknown, grid: np.ndarray) -> np.ndarray:
        """Return g at the values of the unknown."""
        symbol = sp.Symbol("value", real=True)
        function = sp.lambdify(symbol, self.inner.xreplace({u: symbol}), "numpy")
        found: np.ndarray = np.broadcast_to(function(grid), grid.shape).astype(float)
        return found


def weak_term(u: Unknown, term: Any) -> WeakTerm:
    """Return a term as ∂^α g(u): functions of u, its derivatives, and g(u)·∂u of the first order.

    Raises:
        ProblemError: the term is none of these.
    """
    written = sp.sympify(term).doit()
    zero = (0,) * len(u.args)
    slopes = sorted(written.atoms(sp.Derivative), key=str)
    alone = sp.Symbol("value", real=True)
    if not slopes:
        if written.xreplace({u: alone}).free_symbols == {alone}:
            return WeakTerm(term, written, zero)
    elif len(slopes) == 1 and slopes[0].expr == u:
        factor = sp.simplify(written / slopes[0])
        counts = dict(slopes[0].variable_count)
        order = tuple(int(counts.get(c, 0)) for c in u.args)
        plain = not factor.atoms(sp.Derivative)
        inner = factor.xreplace({u: alone})
        if plain and inner.is_number:
            return WeakTerm(term, inner * u, order)
        if plain and inner.free_symbols == {alone} and sum(order) == 1:
            return WeakTerm(term, sp.integrate(inner, alone).xreplace({alone: u}), order)
    raise ProblemError(
        "g(u), g(u) times a first derivative, or a derivative of u",
        str(term),
        "Write the term as a derivative of a function of u, or leave it out.",
    )


def windows(axis: np.ndarray, half: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (k, 2 half + 1) that windows of an even axis cover, and s in (-1, 1)."""
    centres = np.arange(half, len(axis) - half, stride)
    return centres[:, None] + np.arange(-half, half + 1), np.linspace(-1, 1, 2 * half + 1)


def weights(axis: np.ndarray, half: int, stride: int, order: int) -> np.ndarray:
    """Return the rows (k, n) of (-1)^order ∫ ∂^order φ · dx for windows along an even axis."""
    places, s = windows(axis, half, stride)
    step = float(axis[1] - axis[0])
    bump = np.polynomial.Polynomial([1.0, 0.0, -1.0]) ** POWER
    shape = bump.deriv(order)(s) if order else bump(s)
    found = np.zeros((len(places), len(axis)))
    # The trapezium rule is exact to high order here: the bump vanishes at both ends.
    row = (-1) ** order * shape * step / (half * step) ** order
    np.put_along_axis(found, places, np.broadcast_to(row, places.shape), axis=1)
    return found
