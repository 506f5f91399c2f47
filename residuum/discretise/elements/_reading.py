"""Values of an element solution at points, as a linear function of its degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import OptionError
from residuum.discretise.elements._location import (
    local_coordinates,
    locate,
    shape_functions,
    shape_slopes,
)
from residuum.discretise.elements._space import Quadrature, Space, Table

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
    found, local = _located(space, np.asarray(points, float))
    weights = shape_functions(local, space.mesh.dimension, space.orders[unknown])
    own = space.offsets[unknown] + space.cell_dofs(unknown)[found]
    return Reading(space.master[own], weights)


def point_rule(space: Space, point: Any) -> Quadrature:
    """Return the rule that reads an integrand at one point (d,): one cell, one place, weight one.

    Raises:
        OptionError: as ``reading``.
    """
    place, d = np.asarray(point, float)[None], space.mesh.dimension
    found, local = _located(space, place)
    nodes, cells = space.geometry
    corners = nodes[cells[found]]
    bends = shape_slopes(local, d, 1 if corners.shape[1] == d + 1 else 2)
    inverse = np.linalg.inv(np.einsum("nad,nak->ndk", corners, bends))
    tables = {}
    for order, basis in space.bases.items():
        slopes = np.einsum("nfk,nkd->nfd", shape_slopes(local, d, order), inverse)
        value = shape_functions(local, d, order)
        tables[order] = Table(basis.element_dofs.T[found], value[..., None], slopes[..., None])
    return Quadrature(place.T[:, :, None], np.ones((1, 1)), tables)


def _located(space: Space, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells of points (n, d), and where in them they are, (n, d)."""
    d = space.mesh.dimension
    if points.ndim != 2 or points.shape[1] != d or not np.isfinite(points).all():
        raise OptionError(f"finite points (n, {d})", f"shape {points.shape}", "Correct them.")
    nodes, cells = space.geometry
    found = locate(nodes, cells, points)
    local = local_coordinates(nodes, cells, found, points)
    depth = np.minimum(local.min(axis=1), 1 - local.sum(axis=1))
    if len(points) and depth.min() < -OUTSIDE:
        raise OptionError("points in the mesh", str(points[depth.argmin()]), "Leave it out.")
    return found, local
