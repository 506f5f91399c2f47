"""Wave speeds of a system from its flux alone.

The eigenvalues of the Jacobian A = ∂F/∂u are the roots of det(λ - A), factored over the rationals:
a factor of degree one or two gives its roots in closed form, one of higher degree an interval that
holds them if all are real,

    λ ∈ μ ± sqrt((n - 1)/n · (Σ λ_i² - n μ²)),   μ = Σ λ_i / n

(P. A. Samuelson, How deviant can you be?, J. Amer. Statist. Assoc. 63 (1968)). Sums of roots and of
their squares do not depend on the units of the unknowns, so neither do the speeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import sympy as sp
from jax import Array
from sympy.core.function import AppliedUndef

from residuum.discretise.volumes._law import ConservationLaw

EXACT, LONGEST = 6, 2000
"""Most unknowns, and most operations in the Jacobian, for its polynomial to be factored."""


class Wave(NamedTuple):
    """Speeds in middle ± sqrt(square).

    Args:
        middle, square: expressions in unknowns, coordinates and parameters.
        exact: whether the ends are eigenvalues and not only around them.
    """

    middle: Any
    square: Any
    exact: bool


def waves_of(law: ConservationLaw, axis: int) -> list[Wave]:
    """Return the waves of a law along an axis."""
    names, unknowns = _named(law, law.fluxes[axis])
    flux = [sp.nsimplify(f.xreplace(names), rational=True) for f in law.fluxes[axis]]
    jacobian = sp.Matrix(flux).jacobian(unknowns)
    found = _waves(jacobian)
    back = {dummy: atom for atom, dummy in names.items()}
    unique = {wave.middle - wave.square: wave for wave in found}
    return [
        Wave(w.middle.xreplace(back), w.square.xreplace(back), w.exact) for w in unique.values()
    ]


def spread(matrix: Any) -> Wave:
    """Return the interval of the eigenvalues of a matrix whose eigenvalues are all real."""
    n = matrix.shape[0]
    middle = matrix.trace() / n
    square = sp.Rational(n - 1, n) * ((matrix * matrix).trace() - n * middle**2)
    return Wave(middle, sp.simplify(square) if n <= EXACT else square, n <= 2)


def _named(law: ConservationLaw, flux: Sequence[Any]) -> tuple[dict[Any, Any], list[Any]]:
    """Return plain symbols for unknowns, coefficients, parameters, coordinates: polynomials sort
    their symbols by kind, and ours are of other kinds.
    """
    names: dict[Any, Any] = {u: sp.Dummy(str(u.func), real=True) for u in law.problem.unknowns}
    for item in flux:
        for atom in item.atoms(AppliedUndef):
            names.setdefault(atom, sp.Dummy(str(atom.func), real=True))
        for symbol in item.free_symbols:
            names.setdefault(symbol, sp.Dummy(str(symbol), real=True))
    return names, [names[u] for u in law.problem.unknowns]


def _waves(jacobian: Any) -> list[Wave]:
    n = jacobian.shape[0]
    if n == 1:
        return [Wave(jacobian[0, 0], sp.Integer(0), True)]
    if n > EXACT or sp.count_ops(jacobian) > LONGEST:
        return [spread(jacobian)]
    try:
        polynomial = jacobian.charpoly()
        speed = polynomial.gen
        top = sp.fraction(sp.together(polynomial.as_expr()))[0]
        factors = [item for item, _ in sp.factor_list(top)[1] if item.has(speed)]
        return [_roots(sp.Poly(item, speed).all_coeffs()) for item in factors]
    except (sp.PolynomialError, TypeError):  # powers of unknown exponent are no polynomials
        return [spread(jacobian)]


def _roots(row: list[Any]) -> Wave:
    """Return the interval of the roots of a polynomial, highest coefficient first."""
    n = len(row) - 1
    middle = sp.factor(-row[1] / (n * row[0]))
    if n == 1:
        return Wave(middle, sp.Integer(0), True)
    squares = (row[1] / row[0]) ** 2 - 2 * row[2] / row[0]
    square = sp.factor(sp.Rational(n - 1, n) * (squares - n * middle**2))
    return Wave(middle, square, n == 2)


def root(square: Array) -> Array:
    """Return the square root, zero below zero, with a finite slope there."""
    above = square > 0
    return jnp.where(above, jnp.sqrt(jnp.where(above, square, 1.0)), 0.0)
