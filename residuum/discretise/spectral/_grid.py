"""Tensor grids of spectral axes, and derivatives of nodal values on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Index
from residuum.discretise.spectral._axis import Axis


class Nodes(NamedTuple):
    """What a compiled function needs of a grid, so that it serves every grid of one shape.

    Args:
        points: coordinates of the nodes, (size, d).
        matrices: differentiation matrices by (axis, order).
    """

    points: Any
    matrices: Mapping[tuple[int, int], Any]


@final
@dataclass(frozen=True)
class Grid:
    """A tensor product of axes; none at all for an ordinary differential equation.

    Args:
        axes: one per space coordinate, in their order.
    """

    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of nodes along each axis."""
        return tuple(axis.count for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of nodes."""
        return math.prod(self.shape)

    @property
    def points(self) -> np.ndarray:
        """Coordinates of the nodes, (size, d), the last axis running fastest."""
        if not self.axes:
            return np.zeros((1, 0))
        parts = np.meshgrid(*(axis.nodes for axis in self.axes), indexing="ij")
        return np.stack([part.ravel() for part in parts], axis=1)

    def end(self, axis: int, upper: bool) -> np.ndarray:
        """Return the flat numbers of the nodes at one end of an axis."""
        numbers = np.arange(self.size).reshape(self.shape)
        found: np.ndarray = np.take(numbers, -1 if upper else 0, axis=axis).ravel()
        return found

    def nodes(self, indices: Iterable[Index]) -> Nodes:
        """Return the points and the matrices that the space multi-indices ask for."""
        wanted = {(k, order) for index in indices for k, order in enumerate(index) if order}
        return Nodes(self.points, {(k, n): self.axes[k].matrix(n) for k, n in sorted(wanted)})


def derivative(values: Array, index: Index, shape: Sequence[int], nodes: Nodes) -> Array:
    """Return a derivative of nodal values, shape (size,) to (size,)."""
    found = values.reshape(tuple(shape))
    for axis, order in enumerate(index):
        if order:
            moved = jnp.tensordot(nodes.matrices[(axis, order)], found, axes=(1, axis))
            found = jnp.moveaxis(moved, 0, axis)
    return found.reshape(-1)
