"""The hard conditions of a problem around any field."""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
from jax import Array

from residuum._core import Index, Jet, LinearField, closure
from residuum._core import _jet as jets
from residuum.problem import ExpressionField, HardConditions, Problem, Scaling


class Constrained(LinearField):
    """lift + size · distance · field.

    Args:
        field: the free part, of size one.
        lift: carries the enforced values.
        distance: vanishes where values are enforced.
        sizes: magnitude of each unknown, in its unit.
    """

    field: LinearField
    lift: ExpressionField
    distance: ExpressionField
    sizes: tuple[float, ...]

    @property
    def head(self) -> Array:
        return self.field.head

    def with_head(self, head: Array) -> Constrained:
        return eqx.tree_at(lambda c: c.field, self, self.field.with_head(head))

    def features(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        inner = self.field.features(points, indices, component)
        distance = self.distance.component(points, inner.indices, component)
        return inner * distance * self.sizes[component]

    def offset(self, points: Array, indices: Sequence[Index], component: int = 0) -> Jet:
        every = closure([*indices, (0,) * points.shape[1]])
        inner = self.field.offset(points, every, component)
        distance = self.distance.component(points, every, component)
        lift = self.lift.component(points, every, component)
        return inner * distance * self.sizes[component] + lift

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        inner = self.field.jet(points, indices)
        columns = []
        for j, size in enumerate(self.sizes):
            free = inner[:, j : j + 1] * self.distance.component(points, inner.indices, j) * size
            columns.append(free + self.lift.component(points, inner.indices, j))
        return jets.concatenate(columns)


def constrain(
    field: LinearField, problem: Problem, hard: HardConditions, scaling: Scaling
) -> Constrained:
    """Put the hard conditions of a problem around a field of size one."""
    return Constrained(
        field,
        ExpressionField(hard.lift, problem.coordinates),
        ExpressionField(hard.distance, problem.coordinates),
        tuple(float(size) for size in scaling.magnitudes),
    )
