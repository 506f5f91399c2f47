"""Gaussian random fields on meshes, from a sparse solve with white noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from residuum._core import Key, OptionError, Source, generator
from residuum.discretise.elements._location import locate, weights_at
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import Distribution, Place


@final
class MeshFunction:
    """A continuous function that is linear in every cell of a mesh.

    Args:
        mesh: straight cells.
        values: at its points, (points,).
        order: for each axis of the mesh the argument that it is.
    """

    def __init__(self, mesh: Mesh, values: np.ndarray, order: tuple[int, ...]) -> None:
        self.mesh, self.values, self.order = mesh, values, order

    def __call__(self, *columns: Any) -> np.ndarray:
        """Return the values at coordinate arrays of equal shape; beyond the mesh it goes on."""
        arrays = np.broadcast_arrays(*(np.asarray(c, float) for c in columns))
        places = np.stack([arrays[k].ravel() for k in self.order], axis=1)
        nodes, cells = self.mesh.points, self.mesh.cells
        found = locate(nodes, cells, places)
        weights = weights_at(nodes, cells, found, places, 1)
        values: np.ndarray = (weights * self.values[cells[found]]).sum(axis=1)
        return values.reshape(arrays[0].shape)


@final
@dataclass(frozen=True)
class MeshGaussianField(Distribution):
    """Gaussian field of covariance sigma²(-Δ + tau²)^(-alpha) on the shape itself.

    With stiffness K, lumped mass M and A = M⁻¹K + tau², a field of even alpha is
    sigma·A^(-alpha/2) of white noise of covariance M⁻¹; of odd alpha the last half power comes from
    noise of covariance K + tau² M, cell by cell. One sparse factor serves all powers.

    Args:
        alpha: a whole number of more than half the number of axes.
        tau: inverse length, in the unit of the coordinates.
        sigma: factor of the field; tau^(alpha - d/2) by default.
        mean: added everywhere.
        boundary: ``"neumann"`` or ``"dirichlet"`` (``mean`` on the boundary).
        size: width of the cells over the longest side of the shape.

    Raises:
        OptionError: an option is out of range.

    Good starting values: a size of a fifth of 1/tau over the side. The field is linear in cells, so
    its derivatives jump: take alpha 2 and more where they are asked for. Unlike ``GaussianField``
    it is drawn anew where ``size`` changes. Breaks where JAX has to trace it: elements read it, and
    grids, but no network.
    """

    alpha: int = 2
    tau: float = 3.0
    sigma: float | None = None
    mean: float = 0.0
    boundary: str = "neumann"
    size: float = 0.04

    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            "spde-fields",
            "An explicit link between Gaussian fields and Gaussian Markov random fields: the "
            "stochastic partial differential equation approach",
            "F. Lindgren, H. Rue, J. Lindström",
            2011,
            "doi:10.1111/j.1467-9868.2011.00777.x",
            "verified",
        ),
    )

    def __post_init__(self) -> None:
        if isinstance(self.alpha, bool) or not isinstance(self.alpha, int) or self.alpha < 1:
            remedy = "GaussianField takes others, on boxes."
            raise OptionError("a whole alpha above zero", repr(self.alpha), remedy)
        positive = (self.tau, self.size, 1.0 if self.sigma is None else self.sigma)
        if not all(math.isfinite(item) and item > 0 for item in positive) or self.size > 0.5:
            got = f"tau {self.tau}, sigma {self.sigma}, size {self.size}"
            raise OptionError("tau and sigma above zero, a size up to 0.5", got, "Correct them.")
        if self.boundary not in ("neumann", "dirichlet"):
            raise OptionError("neumann or dirichlet", repr(self.boundary), "Correct it.")

    def draw(self, place: Place, key: Key) -> MeshFunction:
        """Return the field of this key on the place's shape.

        Raises:
            OptionError: alpha is not above half the number of axes, or time is among them.
        """
        shape = place.domain
        if sorted(place.axes) != sorted(shape.axes):
            got = f"{place.axes} of {shape.axes}"
            raise OptionError("a function of all axes in space", got, "Use GaussianField.")
        if not self.alpha > shape.dimension / 2:
            remedy = "Points of such a field have no values; take a larger alpha."
            raise OptionError(f"alpha above {shape.dimension / 2}", str(self.alpha), remedy)
        mesh = mesh_of(shape, self.size * float(np.ptp(shape.bounds, axis=1).max()))
        sigma = self.tau ** (self.alpha - shape.dimension / 2) if self.sigma is None else self.sigma
        values = self.mean + sigma * self._unit(mesh, generator(key))
        return MeshFunction(mesh, values, tuple(place.axes.index(axis) for axis in shape.axes))

    def _unit(self, mesh: Mesh, random: np.random.Generator) -> np.ndarray:
        """Return the field for sigma 1 and mean 0 at the points of a mesh."""
        slopes, mass = _assembled(mesh)
        free = np.ones(len(mesh.points), bool)
        if self.boundary == "dirichlet":
            free[np.unique(mesh.boundary())] = False
        slopes, mass = slopes[:, free], mass[free]
        matrix = (slopes.T @ slopes + sp.diags(self.tau**2 * mass)).tocsc()
        factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
        noise = random.standard_normal(len(mass))
        if self.alpha % 2:
            own = random.standard_normal(slopes.shape[0])
            field = factor.solve(slopes.T @ own + self.tau * np.sqrt(mass) * noise)
        else:
            field = noise / np.sqrt(mass)
        for _ in range(self.alpha // 2):
            field = factor.solve(mass * field)
        found = np.zeros(len(free))
        found[free] = field
        return found


def _assembled(mesh: Mesh) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return B with the stiffness BᵀB, a row per cell and axis, and the lumped mass."""
    d, cells = mesh.dimension, mesh.cells
    corners = mesh.points[cells]
    edges = corners[:, 1:] - corners[:, :1]
    volume = np.abs(np.linalg.det(edges)) / math.factorial(d)
    inner = np.linalg.inv(edges)  # (cells, axis, corner): slopes of all corners but the first
    slopes = np.concatenate([-inner.sum(axis=2, keepdims=True), inner], axis=2)
    rows = np.arange(len(cells) * d).reshape(len(cells), d, 1)
    entries = np.sqrt(volume)[:, None, None] * slopes
    columns = np.broadcast_to(cells[:, None, :], entries.shape)
    places = (np.broadcast_to(rows, entries.shape).ravel(), columns.ravel())
    shape = (len(cells) * d, len(mesh.points))
    share = np.repeat(volume / (d + 1), d + 1)
    mass = np.bincount(cells.ravel(), weights=share, minlength=len(mesh.points))
    return sp.csr_matrix((entries.ravel(), places), shape=shape), mass
