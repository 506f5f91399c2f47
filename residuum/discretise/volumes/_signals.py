"""How fast a law carries, spreads and reacts: what bounds the step of an explicit method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import Array

from residuum.discretise.volumes._law import ConservationLaw
from residuum.discretise.volumes._speeds import Wave, root, spread, waves_of
from residuum.problem import Pointwise

BETWEEN = (0.25, 0.5, 0.75)
"""Shares of the way between two states of a single unknown at which speeds are looked at too."""


def value_at(
    part: Pointwise,
    points: Array,
    state: Array,
    parameters: Mapping[str, Any],
    *,
    slopes: Mapping[tuple[int, int], Array] | None = None,
) -> Array:
    """Return an expression on an array of states, (m, …) to (…).

    Args:
        part: the expression.
        points: (n, 1 + d), time first, one row per state.
        state: values of the unknowns.
        parameters: values by name.
        slopes: first derivatives by (unknown, axis), where the expression asks for them.
    """
    flat, values = state.reshape(state.shape[0], -1), {}
    for slot in part.slots:
        j, index = slot
        if any(index):
            assert slopes is not None
            values[slot] = slopes[j, index.index(1) - 1].reshape(-1)
        else:
            values[slot] = flat[j]
    return part(points, values, parameters=parameters).reshape(state.shape[1:])


@final
class Signals:
    """Speeds, diffusion and reaction rates of a law.

    Args:
        law: the law.
    """

    def __init__(self, law: ConservationLaw) -> None:
        self.law = law

    @cached_property
    def waves(self) -> list[list[Wave]]:
        """The waves along every axis."""
        return [waves_of(self.law, k) for k in range(self.law.dimension)]

    @cached_property
    def _parts(self) -> list[list[tuple[Pointwise, Pointwise]]]:
        at = self.law.at
        return [[(at(w.middle), at(w.square)) for w in row] for row in self.waves]

    def speeds(
        self, axis: int, points: Array, state: Array, parameters: Mapping[str, Any]
    ) -> tuple[Array, Array]:
        """Return the slowest and the fastest wave at states (m, …): (…) each."""
        ends = []
        for middle, square in self._parts[axis]:
            mean = value_at(middle, points, state, parameters)
            reach = root(value_at(square, points, state, parameters))
            ends.append((mean - reach, mean + reach))
        low, high = ends[0]
        for a, b in ends[1:]:
            low, high = jnp.minimum(low, a), jnp.maximum(high, b)
        return low, high

    def across(
        self, axis: int, points: Array, pair: Sequence[Array], parameters: Mapping[str, Any]
    ) -> tuple[Array, Array]:
        """Return bounds of the speeds between two states (P.-F. Davis 1988, and those between).

        A single unknown may have its fastest wave between the two states, where its flux is
        neither convex nor concave.
        """
        shares = BETWEEN if self.law.count == 1 and not self._quadratic(axis) else (0.5,)
        states = [*pair, *((1 - s) * pair[0] + s * pair[1] for s in shares)]
        found = [self.speeds(axis, points, state, parameters) for state in states]
        low, high = found[0]
        for a, b in found[1:]:
            low, high = jnp.minimum(low, a), jnp.maximum(high, b)
        return low, high

    def _quadratic(self, axis: int) -> bool:
        u = self.law.problem.unknowns[0]
        speed = self.waves[axis][0].middle
        return bool(sp.simplify(sp.diff(speed.subs(u, sp.Symbol("u_")), sp.Symbol("u_"), 2)) == 0)

    @cached_property
    def diffusion(self) -> list[Pointwise | None]:
        """The largest diffusivity along every axis, from how G depends on ∂_k u."""
        return [self._diffusion(k) for k in range(self.law.dimension)]

    def _diffusion(self, axis: int) -> Pointwise | None:
        law = self.law
        atoms = [u.diff(law.problem.space[axis]) for u in law.problem.unknowns]
        names = [sp.Dummy(real=True) for _ in atoms]
        there, back = (dict(zip(*pair, strict=True)) for pair in ((atoms, names), (names, atoms)))
        rows = [item.xreplace(there) for item in law.spreading[axis]]
        matrix = -sp.Matrix([[sp.diff(row, name) for name in names] for row in rows])
        if matrix.is_zero_matrix:
            return None
        wave = spread(matrix)
        # Where the radicand is not clearly above zero, rounding may put it below.
        top = wave.middle + sp.sqrt(sp.Max(wave.square, 0)) if wave.square != 0 else wave.middle
        return law.at(top.xreplace(back))

    @cached_property
    def reaction(self) -> list[tuple[int, Pointwise]]:
        """Coefficients c_k of det(λ - ∂S/∂u) with their degree: the rates are ≤ 2 max |c_k|^(1/k).

        (M. Fujiwara, Über die obere Schranke des absoluten Betrages der Wurzeln einer algebraischen
        Gleichung, Tohoku Math. J. 10 (1916).)
        """
        law = self.law
        names = {u: sp.Dummy(real=True) for u in law.problem.unknowns}
        back = {dummy: u for u, dummy in names.items()}
        matrix = sp.Matrix([s.xreplace(names) for s in law.sources]).jacobian(list(names.values()))
        if matrix.is_zero_matrix:
            return []
        row = matrix.charpoly(sp.Dummy("rate")).all_coeffs()
        return [(k, law.at(c.xreplace(back))) for k, c in enumerate(row) if k and c != 0]

    def reaction_rate(self, points: Array, state: Array, parameters: Mapping[str, Any]) -> Array:
        """Return a bound of the rates of the sources at states (m, …), in 1/time."""
        total = jnp.zeros(state.shape[1:])
        factor = 1.0 if self.law.count == 1 else 2.0
        for k, part in self.reaction:
            size = jnp.abs(value_at(part, points, state, parameters))
            total = jnp.maximum(total, factor * size ** (1.0 / k))
        return total

    def unreal(self, points: np.ndarray, state: np.ndarray) -> str | None:
        """Return where the speeds of states (m, …) are not real, as a phrase, or ``None``."""
        law = self.law
        for k, row in enumerate(self.waves):
            for wave in row:
                middle, square = (law.sampled(part, points, state) for part in wave[:2])
                # A double root has the square zero up to rounding.
                size = float(np.nanmax(np.abs(square)) + np.nanmax(middle**2))
                bad = np.flatnonzero(~(square >= -1e-9 * size))
                if len(bad):
                    named = zip(law.problem.coordinates, points[bad[0]], strict=True)
                    place = ", ".join(f"{c} = {value:.3g}" for c, value in named)
                    along = law.problem.space[k]
                    return f"the wave speeds along {along} are not real at {place}"
        return None

    def rates(self, points: np.ndarray, state: np.ndarray, widths: Sequence[float]) -> float:
        """Return about how often a wave crosses a cell, in 1/time, at states with flat gradients.

        Diffusion counts with 2D/h².
        """
        law, total = self.law, 0.0
        for k, width in enumerate(widths):
            pairs = [[law.sampled(part, points, state) for part in w[:2]] for w in self.waves[k]]
            fastest = [np.abs(a) + np.sqrt(np.maximum(b, 0)) for a, b in pairs]
            total += float(np.max(fastest)) / width
            much = self.diffusion[k]
            if much is not None:
                slopes = {a: sp.Integer(0) for a in much.expression.atoms(sp.Derivative)}
                level = law.sampled(much.expression.xreplace(slopes), points, state)
                total += 2 * float(np.max(level)) / width**2
        return total

    @property
    def exact(self) -> bool:
        """Whether every speed is an eigenvalue and not a bound of some."""
        return all(wave.exact for row in self.waves for wave in row)
