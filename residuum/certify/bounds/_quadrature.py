"""Fluxes and corrections on a mesh: what they are worth at quadrature points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import skfem
from scipy.special import roots_jacobi
from skfem.quadrature import get_quadrature

from residuum.geometry.mesh import Mesh

MESHES = {1: skfem.MeshLine, 2: skfem.MeshTri, 3: skfem.MeshTet}
# scikit-fem counts Raviart–Thomas spaces from one: RT2 has linear normal components.
FLUXES = {1: skfem.ElementLineP2, 2: skfem.ElementTriRT2, 3: skfem.ElementTetRT1}
CORRECTIONS = {1: skfem.ElementLineP2, 2: skfem.ElementTriP2, 3: skfem.ElementTetP1}
REFERENCE = {1: skfem.refdom.RefLine, 2: skfem.refdom.RefTri, 3: skfem.refdom.RefTet}
DEGREES = {1: (7, 13), 2: (6, 10)}
"""Degrees of the coarse and the fine rule; both have positive weights."""


def rule(dimension: int, fine: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return points (d, q) and positive weights (q,) on the reference simplex."""
    if dimension == 0:
        return np.zeros((0, 1)), np.ones(1)
    if dimension in DEGREES:
        points, weights = get_quadrature(REFERENCE[dimension], DEGREES[dimension][fine])
        return np.asarray(points), np.asarray(weights)
    return _conical(4 if fine else 3)


def _conical(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the product rule of n³ points on the tetrahedron, exact to degree 2n - 1."""
    axes = [roots_jacobi(n, k, 0) for k in (2, 1, 0)]
    (x, wx), (y, wy), (z, wz) = [
        ((1 + t) / 2, w / 2 ** (k + 1)) for (t, w), k in zip(axes, (2, 1, 0), strict=True)
    ]
    a, b, c = (item.ravel() for item in np.meshgrid(x, y, z, indexing="ij"))
    weights = np.einsum("i,j,k->ijk", wx, wy, wz).ravel()
    return np.stack([a, b * (1 - a), c * (1 - a) * (1 - b)]), weights


@final
@dataclass(frozen=True, eq=False)
class Side:
    """The facets of a free part of the boundary.

    Args:
        cells: number of the cell of each facet, (k,).
        points: quadrature points, (k, q, d).
        weights: (k, q).
        normals: outward, (k, q, d).
        flux: normal components of the flux functions of the cell, (k, functions, q).
        flux_dofs: their numbers, (k, functions).
        value: values of the correction's functions of the cell, (k, functions, q).
        value_dofs: their numbers, (k, functions).
    """

    cells: np.ndarray
    points: np.ndarray
    weights: np.ndarray
    normals: np.ndarray
    flux: np.ndarray
    flux_dofs: np.ndarray
    value: np.ndarray
    value_dofs: np.ndarray


@final
@dataclass(frozen=True, eq=False)
class Cells:
    """Quadrature on the cells of a mesh, with fluxes in H(div) and continuous corrections.

    Args:
        mesh: the mesh.
        fine: whether the finer of two rules is used.
    """

    mesh: Mesh
    fine: bool = False

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return self.mesh.dimension

    @cached_property
    def library(self) -> Any:
        """scikit-fem's mesh."""
        kind = MESHES[self.dimension]
        return kind(
            np.ascontiguousarray(self.mesh.points.T), np.ascontiguousarray(self.mesh.cells.T)
        )

    @cached_property
    def _rule(self) -> tuple[np.ndarray, np.ndarray]:
        return rule(self.dimension, self.fine)

    @cached_property
    def _flux(self) -> Any:
        return skfem.Basis(self.library, FLUXES[self.dimension](), quadrature=self._rule)

    @cached_property
    def _correction(self) -> Any:
        return skfem.Basis(self.library, CORRECTIONS[self.dimension](), quadrature=self._rule)

    @cached_property
    def points(self) -> np.ndarray:
        """Quadrature points, (m, q, d)."""
        return np.asarray(self._correction.global_coordinates()).transpose(1, 2, 0)

    @cached_property
    def weights(self) -> np.ndarray:
        """Their weights, (m, q)."""
        return np.asarray(self._correction.dx)

    @cached_property
    def barycentric(self) -> np.ndarray:
        """Barycentric coordinates of the points by vertex of the mesh's cells, (m, q, d+1)."""
        corners = self.mesh.points[self.mesh.cells]
        rest = np.einsum("mqd,mid->mqi", self.points - corners[:, None, 0], self.gradients[:, 1:])
        return np.concatenate([1 - rest.sum(axis=2, keepdims=True), rest], axis=2)

    @cached_property
    def gradients(self) -> np.ndarray:
        """Gradients of the barycentric coordinates, (m, d+1, d)."""
        corners = self.mesh.points[self.mesh.cells]
        rest = np.linalg.inv(corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1)
        return np.concatenate([-rest.sum(axis=1, keepdims=True), rest], axis=1)

    @property
    def fluxes(self) -> int:
        """Number of flux functions."""
        return int(self._flux.N)

    @cached_property
    def flux_dofs(self) -> np.ndarray:
        """Numbers of the flux functions of each cell, (m, functions)."""
        return np.asarray(self._flux.element_dofs.T)

    @cached_property
    def flux_values(self) -> np.ndarray:
        """The flux functions, (m, functions, q, d)."""
        found = [np.asarray(item[0]) for item in self._flux.basis]
        if self.dimension == 1:
            return np.stack(found, axis=1)[..., None]
        return np.stack([item.transpose(1, 2, 0) for item in found], axis=1)

    @cached_property
    def flux_divergences(self) -> np.ndarray:
        """Their divergences, (m, functions, q)."""
        if self.dimension == 1:
            return np.stack([np.asarray(item[0].grad)[0] for item in self._flux.basis], axis=1)
        return np.stack([np.asarray(item[0].div) for item in self._flux.basis], axis=1)

    @property
    def corrections(self) -> int:
        """Number of functions of the correction."""
        return int(self._correction.N)

    @cached_property
    def value_dofs(self) -> np.ndarray:
        """Numbers of the correction's functions of each cell, (m, functions)."""
        return np.asarray(self._correction.element_dofs.T)

    @cached_property
    def values(self) -> np.ndarray:
        """The correction's functions, (m, functions, q)."""
        shape = self.weights.shape
        found = [np.broadcast_to(np.asarray(item[0]), shape) for item in self._correction.basis]
        return np.stack(found, axis=1)

    @cached_property
    def slopes(self) -> np.ndarray:
        """Their gradients, (m, functions, q, d)."""
        found = [np.asarray(item[0].grad).transpose(1, 2, 0) for item in self._correction.basis]
        return np.stack(found, axis=1)

    @cached_property
    def places(self) -> np.ndarray:
        """Where the correction's degrees of freedom are, (corrections, d)."""
        return np.asarray(self._correction.doflocs).T

    def on(self, part: str) -> np.ndarray:
        """Return the correction's degrees of freedom on a part of the boundary."""
        return np.asarray(self._correction.get_dofs(self.facets(part)).flatten())

    def facets(self, part: str) -> np.ndarray:
        """Return scikit-fem's numbers of the facets of a part."""
        every = np.sort(self.library.facets, axis=0).T
        n = len(self.mesh.points)
        weights = (float(n) ** np.arange(self.dimension))[::-1]
        keys, own = every @ weights, np.sort(self.mesh.parts[part], axis=1) @ weights
        order = np.argsort(keys)
        return np.asarray(order[np.searchsorted(keys[order], own)], dtype=np.int64)

    def flux_on(self, facets: np.ndarray) -> np.ndarray:
        """Return the flux functions that belong to each facet, (k, functions)."""
        if self.dimension == 1:
            return np.asarray(self._flux.nodal_dofs[:, self.library.facets[0, facets]].T)
        return np.asarray(self._flux.facet_dofs[:, facets].T)

    def side(self, part: str) -> Side:
        """Return the quadrature over a part of the boundary."""
        facets = self.facets(part)
        options: dict[str, Any] = {"facets": facets}
        if self.dimension > 1:
            # One degree more than in the cells: products of data and linear fluxes.
            options["intorder"] = 9 if self.fine else 7
        if self.dimension == 3:
            options["intorder"] = 8 if self.fine else 6
        flux = skfem.FacetBasis(self.library, FLUXES[self.dimension](), **options)
        value = skfem.FacetBasis(self.library, CORRECTIONS[self.dimension](), **options)
        shape = value.dx.shape
        normals = np.asarray(value.normals).transpose(1, 2, 0)
        through = []
        for item in flux.basis:
            field = np.asarray(item[0])
            field = field[None] if self.dimension == 1 else field
            through.append(np.einsum("dkq,kqd->kq", field, normals))
        return Side(
            np.asarray(self.library.f2t[0, facets]),
            np.asarray(value.global_coordinates()).transpose(1, 2, 0),
            np.asarray(value.dx),
            normals,
            np.stack(through, axis=1),
            np.asarray(flux.element_dofs.T),
            np.stack([np.broadcast_to(np.asarray(i[0]), shape) for i in value.basis], axis=1),
            np.asarray(value.element_dofs.T),
        )
