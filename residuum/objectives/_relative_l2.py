"""The relative error of each sample, averaged over samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import jax.numpy as jnp
from jax import Array

from residuum.datasets import Layout
from residuum.objectives._grid_objective import GridObjective, PerSample


@final
@dataclass(frozen=True)
class RelativeL2(GridObjective):
    """|e| / |u| of each sample over all nodes, moments and channels: what tables report.

    A channel that is much smaller than the others hardly counts; a sample that vanishes is divided
    by a tiny number instead of zero.
    """

    name: ClassVar[str] = "relative_l2"

    def on(self, layout: Layout) -> PerSample:
        """Return the relative error on any grid: every node has equal weight."""
        return relative


def relative(found: Array, wanted: Array, inputs: Array) -> Array:
    """Return |found - wanted| / |wanted| of each sample, shape (n,)."""
    return ratio((found - wanted) ** 2, wanted**2)


def ratio(upper: Array, lower: Array) -> Array:
    """Return the root of the ratio of two sums of squares of each sample."""
    n = upper.shape[0]
    above = upper.reshape(n, -1).sum(axis=1)
    below = lower.reshape(n, -1).sum(axis=1)
    return root_of_ratio(above, below)


LEAST = 1e-30
"""Sum of squares below which a sample counts as zero: its square root is in float32's range."""


def root_of_ratio(above: Array, below: Array) -> Array:
    """Return √(above / below), with a slope at zero: rounding is added under the root."""
    rounding = jnp.finfo(above.dtype).eps ** 2
    return jnp.sqrt(above / jnp.maximum(below, LEAST) + rounding)
