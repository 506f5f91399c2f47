"""Values of an element solution at points, as a linear function of its degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.discretise.elements._location import local_coordinates, locate, weights_at
from residuum.discretise.elements._space import Space

OUTSIDE = 0.1
"""How far outside its cell a point may lie, in cells: curved boundaries leave some out."""


@final
@dataclass(frozen=True, eq=False)
class Reading:
    """Values of an unknown at points: a linear function of the degrees of freedom.

    Args:
        numbers: degrees of freedom of the cell of each point, (n, functions).
        weights: what each is worth there, (n, functions).
    """

    numbers: np.ndarray
    weights: np.ndarray

    def __call__(self, dofs: Any) -> Array:
        """Return the values at the points, (n,), for degrees of freedom (size,)."""
        dofs = jnp.asarray(dofs)
        return (jnp.asarray(self.weights, dofs.dtype) * dofs[self.numbers]).sum(axis=1)


def reading(space: Space, points: Any, *, unknown: int = 0) -> Reading:
    """Return the operator that reads an unknown at points.

    Args:
        space: the space of the solve.
        points: (n, d) in the order and the units of the space coordinates.
        unknown: number of the unknown.

    Raises:
        OptionError: a point is not finite or lies outside the mesh, or the shape is another.
    """
    points = np.asarray(points, float)
    d = space.mesh.dimension
    if points.ndim != 2 or points.shape[1] != d or not np.isfinite(points).all():
        raise OptionError(f"finite points (n, {d})", f"shape {points.shape}", "Correct them.")
    nodes, cells = space.geometry
    found = locate(nodes, cells, points)
    local = local_coordinates(nodes, cells, found, points)
    depth = np.minimum(local.min(axis=1), 1 - local.sum(axis=1))
    if len(points) and depth.min() < -OUTSIDE:
        raise OptionError("points in the mesh", str(points[depth.argmin()]), "Leave it out.")
    weights = weights_at(nodes, cells, found, points, space.orders[unknown])
    own = space.offsets[unknown] + space.cell_dofs(unknown)[found]
    return Reading(space.master[own], weights)
