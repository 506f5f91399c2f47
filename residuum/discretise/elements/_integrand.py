"""What is integrated: expressions at quadrature points, and their slopes by symbolic calculus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, final

import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum.problem import WeakForm, numeric
from residuum.problem._conditions import normal
from residuum.problem._pointwise import known_jet
from residuum.problem._symbols import Coefficient, Unknown

RATE = -1
"""Trial slot of a time derivative; 0 is the value, 1 and up the derivatives in space."""

Trial = tuple[int, int]
"""Which function of which unknown: (unknown, slot)."""


@final
@dataclass(frozen=True, eq=False)
class Place:
    """Quadrature points of a set of cells or facets.

    Args:
        points: coordinates in space, (d, cells, quadrature).
        normals: outward normals of the same shape, on the boundary.
        time: the time.
    """

    points: np.ndarray
    normals: np.ndarray | None = None
    time: float = 0.0


@final
@dataclass(frozen=True, eq=False)
class Integrand:
    """Scalar expressions, one per test slot (0 multiplies v, k its derivative along axis k).

    Args:
        form: the weak form they belong to.
        expressions: by test slot.
        known: coefficient functions by name, of coordinate arrays; ``derivative_at`` of one, if it
            has that, takes a multi-index before them.
        parameters: values of parameters that the statement leaves open, by name.
    """

    form: WeakForm
    expressions: tuple[Any, ...]
    known: Mapping[str, Callable[..., Any]]
    parameters: Mapping[str, float]

    @cached_property
    def atoms(self) -> dict[Any, Trial]:
        """The unknowns and derivatives of unknowns that occur."""
        found: dict[Any, Trial] = {}
        for expression in self.expressions:
            walk = sp.preorder_traversal(expression)
            for node in walk:
                function = node.expr if isinstance(node, sp.Derivative) else node
                if isinstance(function, Unknown):
                    found[node] = (self.form.unknowns.index(function), self._slot(node))
                    walk.skip()
        return found

    def _slot(self, node: Any) -> int:
        if not isinstance(node, sp.Derivative):
            return 0
        (by,) = node.variables
        return RATE if by == self.form.time else 1 + self.form.space.index(by)

    @cached_property
    def slopes(self) -> dict[tuple[int, Trial], Any]:
        """The derivatives of the expressions: by test slot and trial, zeros left out."""
        dummies = {atom: sp.Dummy(real=True) for atom in self._deepest_first}
        back = {dummy: atom for atom, dummy in dummies.items()}
        found = {}
        for slot, expression in enumerate(self.expressions):
            flat = sp.sympify(expression).subs(list(dummies.items()))
            for atom, dummy in dummies.items():
                slope = sp.diff(flat, dummy)
                if slope != 0:
                    found[slot, self.atoms[atom]] = slope.xreplace(back)
        return found

    @property
    def _deepest_first(self) -> list[Any]:
        return sorted(self.atoms, key=lambda item: not isinstance(item, sp.Derivative))

    @property
    def linear(self) -> bool:
        """Whether the expressions are affine in the unknowns."""
        return not any(slope.atoms(Unknown) for slope in self.slopes.values())

    @property
    def constant_slopes(self) -> bool:
        """Whether the slopes are numbers."""
        return all(sp.sympify(slope).is_number for slope in self.slopes.values())

    def moves(self, expressions: Sequence[Any]) -> bool:
        """Whether expressions depend on time by themselves."""
        return self.form.time is not None and any(
            sp.sympify(item).has(self.form.time) and self._explicit(item) for item in expressions
        )

    def _explicit(self, expression: Any) -> bool:
        hidden = {atom: sp.Dummy() for atom in self._deepest_first}
        return bool(sp.sympify(expression).subs(list(hidden.items())).has(self.form.time))

    def values(self, place: Place, trials: Mapping[Trial, np.ndarray]) -> list[Any]:
        """Return the expressions at quadrature points: floats or arrays (cells, quadrature)."""
        return self._numbers(list(self.expressions), place, trials)

    def slope_values(
        self, place: Place, trials: Mapping[Trial, np.ndarray]
    ) -> dict[tuple[int, Trial], Any]:
        """Return the slopes at quadrature points."""
        found = self._numbers(list(self.slopes.values()), place, trials)
        return dict(zip(self.slopes, found, strict=True))

    def by(self, symbol: Any) -> Integrand:
        """Return the derivatives of the expressions by a parameter or coefficient."""
        hidden = sp.Dummy(real=True)
        slopes = tuple(
            sp.diff(sp.sympify(item).xreplace({symbol: hidden}), hidden).xreplace({hidden: symbol})
            for item in self.expressions
        )
        return Integrand(self.form, slopes, self.known, self.parameters)

    def derivative(
        self, symbol: Any, place: Place, trials: Mapping[Trial, np.ndarray]
    ) -> list[Any]:
        """Return the values of the derivatives by a parameter or coefficient."""
        return self.by(symbol).values(place, trials)

    def _numbers(
        self, expressions: list[Any], place: Place, trials: Mapping[Trial, np.ndarray]
    ) -> list[Any]:
        found: dict[Any, Any] = {atom: trials[trial] for atom, trial in self.atoms.items()}
        found.update(zip(self.form.space, place.points, strict=True))
        if self.form.time is not None:
            found[self.form.time] = place.time
        if place.normals is not None:
            found.update(zip(normal(self.form.space), place.normals, strict=True))
        expressions = [sp.sympify(item) for item in expressions]
        for expression in expressions:
            symbols, nodes = _named(expression)
            for symbol in symbols:
                if symbol not in found and symbol.name in self.parameters:
                    found[symbol] = self.parameters[symbol.name]
            for node, function in nodes:
                found[node] = self._given(node, function, place)
        return numeric(expressions, found)

    def _given(self, node: Any, function: Any, place: Place) -> np.ndarray:
        shape = place.points.shape[1:]
        columns = [
            np.full(place.points[0].size, place.time)
            if c == self.form.time
            else place.points[self.form.space.index(c)].ravel()
            for c in function.args
        ]
        rule = self.known[str(function.func)]
        if node is function:
            value = np.asarray(rule(*columns), float)
            return np.broadcast_to(value, columns[0].shape).reshape(shape)
        index = tuple(list(node.variables).count(c) for c in function.args)
        if hasattr(rule, "derivative_at"):
            return np.asarray(rule.derivative_at(index, *columns), float).reshape(shape)
        places = jnp.asarray(np.stack(columns, axis=1))
        jet = known_jet(rule, places, list(range(len(columns))), [index])
        return np.asarray(jet.derivative(index)[:, 0]).reshape(shape)


@lru_cache(maxsize=1024)
def _named(expression: Any) -> tuple[tuple[Any, ...], tuple[tuple[Any, Any], ...]]:
    """Return the symbols of an expression, and its coefficients with the functions they are of."""
    nodes = expression.atoms(Coefficient, sp.Derivative)
    pairs = [(node, node.expr if isinstance(node, sp.Derivative) else node) for node in nodes]
    given = tuple(pair for pair in pairs if isinstance(pair[1], Coefficient))
    return tuple(expression.free_symbols), given
