"""R-functions: real functions that join implicit shapes as logic joins sets.

A function is *normalised* on a piece of boundary where it vanishes with inward normal derivative
one. All joins below keep that on each piece, away from the corners where pieces meet.

Source: V. L. Rvachev and others, "On completeness of R-functions" (1982); V. Shapiro,
"Semi-analytic geometry with R-functions", Acta Numerica 16 (2007); N. Sukumar and A. Srivastava,
"Exact imposition of boundary conditions with distance functions", CMAME 389 (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import sympy
from sympy import Expr

from residuum.geometry._checks import Array


def number(value: float) -> Expr:
    """Return ``value`` as a SymPy number, whole ones as integers to keep expressions short."""
    value = float(value)
    short = value.is_integer() and abs(value) < 2.0**53
    return sympy.Integer(int(value)) if short else sympy.Float(value)


def symbols(axes: Sequence[str]) -> tuple[Expr, ...]:
    """Return the plain real symbols of the named axes."""
    return tuple(sympy.Symbol(axis, real=True) for axis in axes)


def pair(x: Expr, low: float, high: float) -> Expr:
    """Return (x - low)(high - x)/(high - low): normalised at both ends of an interval."""
    return (x - number(low)) * (number(high) - x) / number(high - low)


def conjunction(terms: Sequence[Expr]) -> Expr:
    """Return the intersection: positive where all are, zero on its boundary (a + b - √(a²+b²)).

    Finite everywhere; not differentiable where two terms vanish together (corners).
    """
    return _balanced(terms, lambda a, b: a + b - sympy.sqrt(a**2 + b**2))


def disjunction(terms: Sequence[Expr]) -> Expr:
    """Return the union: positive where one is (a + b + √(a²+b²)); as `conjunction` otherwise."""
    return _balanced(terms, lambda a, b: a + b + sympy.sqrt(a**2 + b**2))


def trim(f: Expr, t: Expr, length: float) -> Expr:
    """Return a distance to the piece of {f = 0} where t >= 0; positive elsewhere.

    ``length`` makes the formula the same in every unit. Not differentiable on the piece itself.
    """
    beyond = (sympy.sqrt(t**2 + f**4 / number(length) ** 2) - t) / 2
    return sympy.sqrt(f**2 + beyond**2)


def equivalence(terms: Sequence[Expr], power: int = 1) -> Expr:
    """Return φ with φ^-m = Σ φ_i^-m: a distance to the union of the pieces {φ_i = 0}.

    Written without the inverses, so it is 0 on a piece; it is 0/0 where two pieces meet.
    """
    others = [sympy.Mul(*(*terms[:i], *terms[i + 1 :])) ** power for i in range(len(terms))]
    return sympy.Mul(*terms) / sympy.Add(*others) ** sympy.Rational(1, power)


def product(factors: Sequence[Expr], axes: Sequence[str], centre: Array) -> Expr:
    """Return the product of the factors, scaled to the smallest factor's value at ``centre``.

    Smooth to all orders; the normal derivative is about one mid-side and falls to zero in corners.
    """
    place = dict(zip(symbols(axes), (number(c) for c in centre), strict=True))
    values = np.array([float(factor.subs(place)) for factor in factors])
    # exp(log) keeps nanometres to the power of many sides from underflowing.
    scale = np.exp(np.log(values.min()) - np.log(values).sum())
    return number(scale) * sympy.Mul(*factors)


def _balanced(terms: Sequence[Expr], join: Callable[[Expr, Expr], Expr]) -> Expr:
    # Each join repeats its arguments: in halves the tree has about n² nodes, in a row 2ⁿ.
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return join(_balanced(terms[:half], join), _balanced(terms[half:], join))
