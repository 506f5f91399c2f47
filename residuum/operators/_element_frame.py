"""Where operators on finite elements work: a mesh, its functions, and what is fixed on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from residuum._core import OptionError, double_precision
from residuum.discretise.elements import ElementField, Space, steady_field
from residuum.discretise.elements._location import locate, weights_at
from residuum.geometry.mesh import Mesh
from residuum.operators._abstract import GridFrame


@final
@dataclass(frozen=True, eq=False)
class ElementFrame:
    """One Lagrange space on a mesh, with the boundary parts where values are given.

    A function on it is its coefficients, (nodes,): the ``grid`` of samples and operators is the one
    axis of the numbers of nodes.

    Args:
        mesh: lines, triangles or tetrahedra.
        order: polynomial order, 1 or 2. Order 2 has a node on every edge, too.
        held: names of the boundary parts with Dirichlet data.
        coarse: a coarser mesh of the same domain, for the multigrid variant. It need not be nested.

    Raises:
        OptionError: another order, or a part that the mesh does not have.
    """

    mesh: Mesh
    order: int = 1
    held: tuple[str, ...] = ()
    coarse: Mesh | None = None

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise OptionError("an order of 1 or 2", repr(self.order), "Take 1.")
        for mesh in (self.mesh, self.coarse):
            unknown = set() if mesh is None else set(self.held) - set(mesh.parts)
            if mesh is not None and unknown:
                got = ", ".join(sorted(unknown))
                raise OptionError(f"parts among {', '.join(mesh.parts)}", got, "Correct the names.")

    @cached_property
    def space(self) -> Space:
        """The Lagrange space, integrated exactly up to the square of its functions."""
        return Space(self.mesh, (self.order,), degree=2 * self.order + 1)

    @cached_property
    def coarser(self) -> ElementFrame | None:
        """The linear elements on the coarse mesh."""
        return None if self.coarse is None else ElementFrame(self.coarse, 1, self.held)

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.space.sizes[0]

    @cached_property
    def places(self) -> np.ndarray:
        """Where the nodes are, (nodes, d)."""
        return self.space.places(0)

    @cached_property
    def fixed(self) -> np.ndarray:
        """Which nodes have given values, (nodes,)."""
        return self._on(self.held)

    @cached_property
    def border(self) -> np.ndarray:
        """Which nodes lie on the boundary, (nodes,)."""
        return self._on(tuple(self.mesh.parts))

    def _on(self, parts: tuple[str, ...]) -> np.ndarray:
        found = np.zeros(self.size, bool)
        for part in parts:
            found[self.space.on(0, part)] = True
        return found

    @cached_property
    def mass(self) -> sp.csr_matrix:
        """M_ij = ∫ φ_i φ_j."""
        table = self._table
        return self._gathered(np.einsum("ciq,cjq,cq->cij", table.value, table.value, self._weights))

    @cached_property
    def stiffness(self) -> sp.csr_matrix:
        """K_ij = ∫ ∇φ_i · ∇φ_j."""
        slope = self._table.slope
        return self._gathered(np.einsum("cidq,cjdq,cq->cij", slope, slope, self._weights))

    @cached_property
    def weights(self) -> np.ndarray:
        """∫ φ_i, (nodes,): the integral of a function is their product with its coefficients."""
        return np.asarray(self.mass.sum(axis=1)).ravel()

    @property
    def _table(self) -> Any:
        return self.space.volume.tables[self.order]

    @property
    def _weights(self) -> np.ndarray:
        return self.space.volume.weights

    def _gathered(self, local: np.ndarray) -> sp.csr_matrix:
        numbers = np.broadcast_to(self._table.dofs[:, :, None], local.shape)
        others = np.broadcast_to(self._table.dofs[:, None, :], local.shape)
        places = (numbers.ravel(), others.ravel())
        return sp.coo_matrix((local.ravel(), places), (self.size, self.size)).tocsr()

    @cached_property
    def _factor(self) -> Any:
        return sla.splu(self.mass.tocsc())

    def project(self, function: Callable[..., Any]) -> np.ndarray:
        """Return the coefficients of the L2 projection of a function of coordinate arrays."""
        points = self.space.volume.points
        values = np.broadcast_to(np.asarray(function(*points), float), self._weights.shape)
        local = np.einsum("ciq,cq->ci", self._table.value, self._weights * values)
        load = np.bincount(self._table.dofs.ravel(), local.ravel(), minlength=self.size)
        found: np.ndarray = self._factor.solve(load)
        return found

    def interpolate(self, function: Callable[..., Any]) -> np.ndarray:
        """Return the values of a function of coordinate arrays at the nodes."""
        values = np.asarray(function(*self.places.T), float)
        return np.broadcast_to(values, (self.size,)).copy()

    def at(self, points: np.ndarray) -> sp.csr_matrix:
        """Return the matrix that takes coefficients to values at points (k, d)."""
        nodes, cells = self.space.geometry
        found = locate(nodes, cells, points)
        rows = weights_at(nodes, cells, found, points, self.order)
        numbers = self.space.cell_dofs(0)[found]
        starts = np.arange(len(points) + 1) * rows.shape[1]
        shape = (len(points), self.size)
        return sp.csr_matrix((rows.ravel(), numbers.ravel(), starts), shape)

    def field(self, coefficients: np.ndarray) -> ElementField:
        """Return the function of coefficients (nodes,); its columns are the axes of the mesh."""
        axes = tuple(range(self.mesh.dimension))
        with double_precision():  # in float32 the boundary values would be rounded
            return steady_field(self.space, np.asarray(coefficients, float), 1, axes)

    def norm(self, values: np.ndarray, *, slopes: bool = False) -> np.ndarray:
        """Return the L2 norm, or with ``slopes`` the H1 norm, of functions (n, nodes)."""
        matrix = self.mass + self.stiffness if slopes else self.mass
        squares = np.einsum("nk,nk->n", values, (matrix @ values.T).T)
        found: np.ndarray = np.sqrt(np.maximum(squares, 0.0))
        return found

    def grid(self, inputs: int = 1, outputs: int = 1) -> GridFrame:
        """Return the frame that operators are built for: one axis, the numbers of nodes."""
        return GridFrame(inputs, outputs, (self.size,), (1.0,), ("zero",))
