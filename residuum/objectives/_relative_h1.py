"""The relative error of values and slopes together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
from jax import Array

from residuum._core import OptionError
from residuum.datasets import Layout
from residuum.objectives._grid_calculus import along, derivative_matrix
from residuum.objectives._grid_objective import GridObjective, PerSample
from residuum.objectives._relative_l2 import ratio


@final
@dataclass(frozen=True)
class RelativeH1(GridObjective):
    """√(|e|² + (l |∇e|)²) / √(|u|² + (l |∇u|)²) of each sample.

    Slopes are those of the trigonometric interpolant along periodic axes and differences of order
    four along others. It asks for fine scales that the plain error neglects, and usually lowers
    that one too.

    Args:
        weight: of slopes; l is this share of the axis, over 2π. With 1 and a periodic axis of
            length 2π this is the norm Σ (1 + k²) |e_k|².

    Raises:
        OptionError: the weight is negative.
    """

    weight: float = 1.0

    name: ClassVar[str] = "relative_h1"

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise OptionError("a weight of zero or more", repr(self.weight), "1 is usual.")

    def on(self, layout: Layout) -> PerSample:
        """Return the relative error on a grid."""
        first = 1 if layout.times is None else 2
        slopes = []
        for k, (axis, edge) in enumerate(zip(layout.axes, layout.edges, strict=True)):
            scale = self.weight * layout.lengths[k] / (2 * jnp.pi)
            matrix = derivative_matrix(axis, edge, 1, layout.lengths[k])
            slopes.append((first + k, jnp.asarray(scale * matrix, jnp.float32)))

        def squares(values: Array) -> Array:
            parts = [along(matrix, values, axis) ** 2 for axis, matrix in slopes]
            return sum(parts, values**2)

        def value(found: Array, wanted: Array, inputs: Array) -> Array:
            return ratio(squares(found - wanted), squares(wanted))

        return value
