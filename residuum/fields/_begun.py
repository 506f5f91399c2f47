"""Fields that begin from another field: the parts of the ansatz of a later stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
from jax import Array

from residuum._core import Field, Index, Jet, closure
from residuum._core import _jet as jets
from residuum.problem import ExpressionField


@final
class AtTime(Field):
    """f(t₀, x), with ``rate`` plus (t - t₀) ∂f/∂t(t₀, x): a field held at one time.

    Args:
        field: of time and space.
        time: t₀, shape ().
        rate: whether it moves on with its rate at that time.
    """

    field: Field
    time: np.ndarray
    rate: bool = False

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        wanted = closure([*indices, (0,) * points.shape[1]])
        still = {(0, *k[1:]) for k in wanted} | {(int(self.rate), *k[1:]) for k in wanted}
        held = points.at[:, 0].set(self.time)
        inner = self.field.jet(held, sorted(still))
        parts: dict[Index, Array | None] = {}
        for index in wanted:
            rest = index[1:]
            slope = inner.parts[(1, *rest)] if self.rate else None
            if index[0]:
                parts[index] = slope if index[0] == 1 else None
                continue
            value = inner.parts[(0, *rest)]
            moved = None if slope is None else (points[:, :1] - self.time) * slope
            parts[index] = value if moved is None else moved if value is None else value + moved
        return Jet(parts)

    def finite(self) -> bool | None:
        """Whether the field is finite everywhere, where it can tell."""
        return self.field.finite()


@final
class Ramp(Field):
    """distance(t, x) · ((t - t₀) / length)^power, one per unknown.

    Args:
        distance: vanishes where values are enforced on the boundary.
        start: t₀ and length, shape (2,); numbers, so that stretches share compiled programs.
        powers: by unknown.
    """

    distance: ExpressionField
    start: np.ndarray
    powers: tuple[int, ...]

    def component(self, points: Array, indices: Sequence[Index], j: int) -> Jet:
        """Return the jet of one component, coefficients of shape (n, 1)."""
        found = self.distance.component(points, indices, j)
        if self.powers[j] == 0:
            return found
        clock = (jets.coordinates(points, found.indices)[:, :1] - self.start[0]) * (
            1.0 / self.start[1]
        )
        return found * clock ** self.powers[j]

    def jet(self, points: Array, indices: Sequence[Index]) -> Jet:
        """Return value and derivatives at points (n, d), time first."""
        return jets.concatenate(
            [self.component(points, indices, j) for j in range(len(self.powers))]
        )
