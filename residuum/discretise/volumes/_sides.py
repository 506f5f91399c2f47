"""Boundary conditions of finite volumes: what lies behind the first and the last face.

Nothing given, or a normal derivative: the state inside goes on outside. Every unknown given: the
state outside is the one given (an inflow). Some given: those are mirrored about their values, the
others evenly, which for the momentum across a wall with value zero is a reflecting wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import jax.numpy as jnp
from jax import Array

from residuum.discretise.spectral import component_of, sides_of
from residuum.discretise.volumes._cells import Cells
from residuum.discretise.volumes._law import ConservationLaw, coefficients_filled
from residuum.problem import Pointwise, Problem

Place = tuple[int, bool]
"""Axis and whether the upper end is meant."""


def refuse_sides(problem: Problem) -> str | None:
    """Return which condition finite volumes cannot take, or ``None``."""
    around = {problem.periodic_axes(u) for u in problem.unknowns}
    if len(around) > 1:
        return "it needs all unknowns periodic along the same axes"
    for condition in problem.conditions:
        if condition.kind not in ("initial", "periodic", "dirichlet", "neumann"):
            return (
                f"it takes dirichlet, neumann and periodic conditions, or none for an outflow, and"
                f" not {condition}"
            )
    return None


@final
class Sides:
    """The boundary conditions of a law on cells.

    Args:
        law: the law.
        cells: the cells.
        positive: unknowns that may not be mirrored, because they stay positive.
    """

    def __init__(self, law: ConservationLaw, cells: Cells, positive: tuple[Any, ...] = ()) -> None:
        self.law, self.cells = law, cells
        self.values: dict[Place, dict[int, Pointwise]] = {}
        self.slopes: dict[Place, dict[int, Pointwise]] = {}
        unknowns = law.problem.unknowns
        self.upright = {unknowns.index(u) for u in positive if u in unknowns}
        for condition in law.problem.conditions:
            if condition.kind in ("dirichlet", "neumann"):
                j = component_of(law.problem, condition)
                rows = self.values if condition.kind == "dirichlet" else self.slopes
                value = law.at(coefficients_filled(law.problem, condition.value))
                for place in sides_of(law.problem, condition):
                    rows.setdefault(place, {})[j] = value

    def full(self, place: Place) -> bool:
        """Whether every unknown is given there."""
        return len(self.values.get(place, {})) == self.law.count

    def ghost(
        self, place: Place, inner: Array, time: Array, parameters: Mapping[str, Any]
    ) -> Array:
        """Return the means of the cells behind a side, (m, …) from those before it."""
        found = list(inner)
        for j, part in self.values.get(place, {}).items():
            found[j] = 2 * self._on(place, part, inner, time, parameters) - inner[j]
        width = self.cells.widths[place[0]]
        for j, part in self.slopes.get(place, {}).items():
            found[j] = inner[j] + width * self._on(place, part, inner, time, parameters)
        return jnp.stack(found)

    def outer(
        self, place: Place, inner: Array, time: Array, parameters: Mapping[str, Any]
    ) -> Array:
        """Return the states behind the faces of a side, (m, …) from those before them."""
        found = list(inner)
        for j, part in self.values.get(place, {}).items():
            given = self._on(place, part, inner, time, parameters)
            as_given = self.full(place) or j in self.upright
            found[j] = given if as_given else 2 * given - inner[j]
        return jnp.stack(found)

    def _on(
        self,
        place: Place,
        part: Pointwise,
        inner: Array,
        time: Array,
        parameters: Mapping[str, Any],
    ) -> Array:
        points = jnp.asarray(self.cells.side(place[0], upper=place[1]))
        column = jnp.broadcast_to(jnp.asarray(time, points.dtype), (len(points), 1))
        values = part(jnp.concatenate([column, points], axis=1), {}, parameters=parameters)
        return values.reshape(inner.shape[1:])
