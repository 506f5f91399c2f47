"""Quantities that must stay positive, found in the statement, and the limiter that keeps them so.

X. Zhang, C.-W. Shu, On positivity-preserving high order discontinuous Galerkin schemes for
compressible Euler equations on rectangular meshes, J. Comput. Phys. 229 (2010): the states at the
faces of a cell are drawn towards its mean until they are admissible. For a concave quantity P the
share θ = (P(mean) - ε) / (P(mean) - P(face)) is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum._core import Source
from residuum.discretise.volumes._law import ConservationLaw
from residuum.discretise.volumes._signals import Signals, value_at
from residuum.problem._symbols import Unknown

SHARE = 1e-2
"""Least part of its mean that a positive quantity may fall to at a face of the cell."""
FILM = 1e-8
"""Least part of its largest initial value that an unknown starts from which may not vanish."""

ZHANG = Source(
    "zhang-shu",
    "On positivity-preserving high order discontinuous Galerkin schemes for compressible Euler "
    "equations on rectangular meshes",
    "X. Zhang, C.-W. Shu",
    2010,
    "doi:10.1016/j.jcp.2010.08.016",
    "verified",
)


def candidates(signals: Signals) -> list[Any]:
    """Return expressions whose sign the law depends on, unknowns themselves first.

    They stand in denominators, under roots and logarithms, and in the radicands of the speeds.
    """
    law, found = signals.law, dict[Any, None]()
    for row in (*law.fluxes, *law.spreading, law.sources):
        for item in row:
            for base in _bases(item):
                found[base] = None
    for wave in (wave for row in signals.waves for wave in row if wave.exact):
        for base in _odd_factors(wave.square):
            found[base] = None
    ordered = sorted(found, key=lambda e: e not in law.problem.unknowns)
    return [_extensive(law, e, [u for u in ordered if u in law.problem.unknowns]) for e in ordered]


def _bases(expression: Any) -> list[Any]:
    found = []
    for node in sp.preorder_traversal(expression):
        fraction = isinstance(node, sp.Pow) and (
            node.exp.could_extract_minus_sign() or not node.exp.is_integer
        )
        if (fraction or isinstance(node, sp.log)) and node.args[0].atoms(Unknown):
            found.append(node.args[0])
    return found


def _odd_factors(square: Any) -> list[Any]:
    found = []
    for part in sp.fraction(sp.together(square)):
        try:
            factors = sp.factor_list(part)[1]
        except (sp.PolynomialError, TypeError):
            # Powers of unknown exponent are no polynomials: SymPy fails to sort such factors.
            factors = [f.as_base_exp() for f in sp.Mul.make_args(part)]
        found += [base for base, power in factors if power % 2 != 0 and base.atoms(Unknown)]
    return found


def _extensive(law: ConservationLaw, expression: Any, positive: Sequence[Any]) -> Any:
    """Divide a homogeneous polynomial until it is of degree one, as p is of ρ, ρu, ρe.

    Such quantities tend to be concave, and the limiter asks for that.
    """
    names = {u: sp.Dummy(real=True) for u in law.problem.unknowns}
    flat = expression.xreplace(names)
    try:
        degree = sp.Poly(flat, *names.values()).homogeneous_order()
    except sp.PolynomialError:
        return expression
    if degree is None or degree < 2 or not positive:
        return expression
    return expression / positive[0] ** (degree - 1)


@final
class Positive:
    """Quantities that stay positive.

    Args:
        law: the law.
        expressions: in unknowns, coordinates and parameters; concave ones are kept up exactly.
    """

    def __init__(self, law: ConservationLaw, expressions: Sequence[Any]) -> None:
        self.expressions = tuple(expressions)
        self.parts = [law.at(e) for e in expressions]

    def least(self, points: Array, state: Array, parameters: Mapping[str, Any]) -> Array:
        """Return whether every quantity is positive and every value finite at all states."""
        good = jnp.isfinite(state).all()
        for part in self.parts:
            good = good & (value_at(part, points, state, parameters) > 0).all()
        return good

    def kept(
        self, points: Array, mean: Array, halves: Sequence[Array], parameters: Mapping[str, Any]
    ) -> list[Array]:
        """Return half slopes, (m, …) each, that leave mean ± half admissible."""
        found = list(halves)
        for part in self.parts:
            middle = value_at(part, points, mean, parameters)
            share = jnp.ones_like(middle)
            for half in found:
                for sign in (1.0, -1.0):
                    end = value_at(part, points, mean + sign * half, parameters)
                    low = ~(end >= SHARE * middle)
                    gap = jnp.where(low & jnp.isfinite(end), middle - end, 1.0)
                    wanted = jnp.where(jnp.isfinite(end), (1 - SHARE) * middle / gap, 0.0)
                    share = jnp.minimum(share, jnp.where(low, wanted, 1.0))
            found = [half * share for half in found]
        return self._checked(points, mean, found, parameters)

    def _checked(
        self, points: Array, mean: Array, halves: list[Array], parameters: Mapping[str, Any]
    ) -> list[Array]:
        """Flatten the cells in which a quantity that is not concave has slipped through."""
        good = jnp.ones(mean.shape[1:], bool)
        for part in self.parts:
            for half in halves:
                for sign in (1.0, -1.0):
                    good = good & (value_at(part, points, mean + sign * half, parameters) > 0)
        return [jnp.where(good, half, 0.0) for half in halves]


def positive_of(
    law: ConservationLaw,
    found: Sequence[Any],
    start: np.ndarray,
    points: np.ndarray,
    *,
    named: Sequence[Any] = (),
) -> tuple[Positive, np.ndarray, list[str]]:
    """Choose, of the candidates, what is positive at the start.

    Args:
        law: the law.
        found: see ``candidates``.
        start: first states, (m, …).
        points: their places, (n, 1 + d), time first.
        named: quantities the user names.

    Returns:
        The quantities; the states with a film where an unknown may not vanish; notes in words.
    """
    state, kept, notes = np.array(start), dict[Any, None](), []
    for expression in (*found, *named):
        values = law.sampled(expression, points, state)
        sign = -1 if (values <= 0).all() and expression not in named else 1
        chosen, values = sign * expression, sign * values
        if not (values >= 0).all() or not (values > 0).any():
            if expression in named:
                notes.append(f"{expression} is not positive at the start and was left out")
            continue
        if (values == 0).any() and chosen in law.problem.unknowns:
            j, film = law.problem.unknowns.index(chosen), FILM * float(values.max())
            state[j] = np.maximum(state[j], film)
            notes.append(f"{chosen} starts from at least {film:.1e}: it may not vanish")
        kept[chosen] = None
    return Positive(law, list(kept)), state, notes
