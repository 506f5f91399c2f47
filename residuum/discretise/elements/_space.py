"""Lagrange spaces on a mesh: degrees of freedom, and basis functions at quadrature points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import skfem
from skfem.mapping import MappingIsoparametric

from residuum.discretise.elements._reference import element
from residuum.geometry.mesh import Mesh

INVERSIONS, ROUNDING = 50, 1e-7
"""Most Newton steps that invert a curved cell, and the step below which rounding may end them."""
MESHES = {
    (1, False): skfem.MeshLine,
    (2, False): skfem.MeshTri,
    (3, False): skfem.MeshTet,
    (2, True): skfem.MeshTri2,
    (3, True): skfem.MeshTet2,
}


@final
@dataclass(frozen=True, eq=False)
class Frame:
    """Coordinates of size one around the origin.

    scikit-fem inverts curved maps to an absolute tolerance, which coordinates in millimetres would
    miss by rounding alone.

    Args:
        origin: middle of the mesh, (d,).
        length: its longest side.
    """

    origin: np.ndarray
    length: float

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, d) in the frame."""
        return (points - self.origin) / self.length

    def outside(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, d) of the frame in the mesh's own coordinates."""
        return self.origin + self.length * points


def frame_of(mesh: Mesh) -> Frame:
    """Return the frame of a mesh."""
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    return Frame((low + high) / 2, float((high - low).max()))


def library_mesh(mesh: Mesh, frame: Frame, *, curved: bool) -> Any:
    """Return a mesh as scikit-fem's in a frame; if ``curved``, its boundary cells are quadratic."""
    kind = MESHES[mesh.dimension, False]
    points = frame.inside(mesh.points)
    plain = kind(np.ascontiguousarray(points.T), np.ascontiguousarray(mesh.cells.T))
    if not curved:
        return plain
    bent = MESHES[mesh.dimension, True].from_mesh(plain)
    places = bent.doflocs.copy()
    pairs = plain.facets if mesh.dimension == 2 else plain.edges
    n = len(mesh.points)
    keys = np.sort(mesh.edges(), axis=1) @ np.array([n, 1])
    order = np.argsort(keys)
    wanted = np.sort(pairs, axis=0).T @ np.array([n, 1])
    found = order[np.searchsorted(keys[order], wanted)]
    places[:, n : n + pairs.shape[1]] = frame.inside(mesh.edge_midpoints()[found]).T
    return MESHES[mesh.dimension, True](places, bent.t)


@final
class CurvedMapping(MappingIsoparametric):
    """The map of quadratic cells, inverted as well as rounding allows.

    scikit-fem asks for 1e-12 in every cell, which small cells miss by rounding alone; it also
    iterates in straight cells, and keeps the derivatives of every iteration.
    """

    def __init__(self, mesh: Any, elem: Any, bndelem: Any) -> None:
        super().__init__(mesh, elem, bndelem)
        self._kept: tuple[Any, Any, np.ndarray] | None = None
        self._inverse: tuple[np.ndarray, np.ndarray] | None = None

    def F(self, X: np.ndarray, tind: Any = None) -> np.ndarray:
        """Return the places of reference coordinates, (d, cells, quadrature)."""
        values = np.stack([self.elem.lbasis(X, k)[0] for k in range(self._numbers.shape[0])])
        return self._summed(values, tind)

    def J(self, i: int, j: int, X: np.ndarray, tind: Any = None) -> np.ndarray:
        """Return the derivative of place i by reference coordinate j, kept for the next call."""
        if self._kept is None or self._kept[0] is not X or self._kept[1] is not tind:
            slopes = [self.elem.lbasis(X, k)[1] for k in range(self._numbers.shape[0])]
            found = [self._summed(np.stack([s[k] for s in slopes]), tind) for k in range(self.dim)]
            self._kept = (X, tind, np.stack(found, axis=1))
        found_: np.ndarray = self._kept[2][i, j]
        return found_

    def invDF(self, X: np.ndarray, tind: Any = None) -> np.ndarray:
        """Return the derivatives of reference coordinates by places, kept for the next call."""
        self.J(0, 0, X, tind)
        assert self._kept is not None
        if self._inverse is None or self._inverse[0] is not self._kept[2]:
            self._inverse = (self._kept[2], np.asarray(super().invDF(X, tind)))
        return self._inverse[1]

    def invF(self, x: np.ndarray, tind: Any = None) -> np.ndarray:
        """Return reference coordinates of points in cells, by Newton's method where curved."""
        cells = np.arange(x.shape[1]) if tind is None else np.asarray(tind)
        places = self._straight(x, cells)
        bent = np.flatnonzero(self._bent[cells])
        if len(bent):
            places[:, bent] = self._inverted(x[:, bent], cells[bent])
        return places

    @property
    def _numbers(self) -> np.ndarray:
        return np.asarray(self.mesh.dofs.element_dofs)

    @cached_property
    def _bent(self) -> np.ndarray:
        """Which cells are curved, up to rounding."""
        nodes = self.mesh.doflocs[:, self._numbers]
        flat = np.full(nodes.shape[2], True)
        for k, local in enumerate(self.elem.doflocs):
            weights = np.concatenate([[1 - local.sum()], local])
            gap = nodes[:, k] - np.einsum("k,dkc->dc", weights, nodes[:, : self.dim + 1])
            flat &= np.abs(gap).max(axis=0) < 1e-14
        return ~flat

    def _summed(self, values: np.ndarray, tind: Any) -> np.ndarray:
        """Return the sum over nodes of values (nodes, [cells,] quadrature) times their places."""
        numbers = self._numbers if tind is None else self._numbers[:, tind]
        nodes = self.mesh.doflocs[:, numbers]
        if values.ndim == 2:
            return np.einsum("dkc,kq->dcq", nodes, values)
        return np.einsum("dkc,kcq->dcq", nodes, values)

    def _straight(self, x: np.ndarray, cells: np.ndarray) -> np.ndarray:
        corners = self.mesh.doflocs[:, self._numbers[: self.dim + 1, cells]]
        sides = (corners[:, 1:] - corners[:, :1]).transpose(2, 0, 1)
        inverse = np.linalg.inv(sides)
        return np.einsum("cij,jcq->icq", inverse, x - corners[:, 0, :, None])

    def _inverted(self, x: np.ndarray, cells: np.ndarray) -> np.ndarray:
        places, last = np.full_like(x, 0.5), np.inf
        for _ in range(INVERSIONS):
            gap = x - self.F(places, cells)
            step = np.einsum("ijkl,jkl->ikl", self.invDF(places, cells), gap)
            size = float(np.abs(step).max(initial=0.0))
            places = np.clip(places + step, 0.0, 1.0)
            if size < ROUNDING and size >= last / 2:
                return places
            last = size
            if size == 0:
                return places
        if last > ROUNDING:
            raise FloatingPointError("a curved cell of the mesh is folded")
        return places


def mapping_of(library: Any, *, curved: bool) -> Any:
    """Return the map from reference cells to those of a mesh."""
    usual = library.mapping()
    return CurvedMapping(library, usual.elem, usual.bndelem) if curved else usual


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Basis functions of one order on a set of cells or facets, at quadrature points.

    Args:
        dofs: numbers of the functions, (cells, functions).
        value: their values, (cells or 1, functions, quadrature).
        slope: their derivatives, (cells, functions, d, quadrature).
    """

    dofs: np.ndarray
    value: np.ndarray
    slope: np.ndarray

    def slot(self, k: int) -> np.ndarray:
        """Return the values (0) or the derivatives along axis k - 1, (cells, functions, q)."""
        return self.value if k == 0 else self.slope[:, :, k - 1]


@final
@dataclass(frozen=True, eq=False)
class Quadrature:
    """Quadrature points of a set of cells or facets, with every order's functions there.

    Args:
        points: (d, cells, quadrature).
        weights: (cells, quadrature).
        tables: by order.
        normals: outward normals (d, cells, quadrature), on facets.
    """

    points: np.ndarray
    weights: np.ndarray
    tables: dict[int, Table]
    normals: np.ndarray | None = None


@final
class Space:
    """Product of Lagrange spaces, one per unknown, on one mesh.

    Args:
        mesh: the mesh.
        orders: polynomial order of each unknown.
        degree: polynomial degree that quadrature integrates exactly on straight cells, at most 9 in
            three dimensions; there scikit-fem's rules are exact to one less from 5 on.
        periodic: pairs of boundary parts that are one, for each unknown.
    """

    def __init__(
        self,
        mesh: Mesh,
        orders: tuple[int, ...],
        *,
        degree: int,
        periodic: tuple[tuple[tuple[str, str], ...], ...] = (),
    ) -> None:
        self.mesh, self.orders, self.degree = mesh, orders, degree
        self.curved = mesh.curved and max(orders) > 1 and mesh.dimension > 1
        self.frame = frame_of(mesh)
        self.library = library_mesh(mesh, self.frame, curved=self.curved)
        self.mapping = mapping_of(self.library, curved=self.curved)
        self.bases = {
            order: skfem.Basis(
                self.library, element(mesh.dimension, order), self.mapping, intorder=degree
            )
            for order in dict.fromkeys(orders)
        }
        self.sizes = tuple(int(self.bases[order].N) for order in orders)
        self.offsets = tuple(int(n) for n in np.cumsum((0, *self.sizes)))
        self._masters: dict[int, np.ndarray] = {}
        for j, pairs in enumerate(periodic):
            if pairs:
                self._masters[j] = self._identified(orders[j], pairs)

    @property
    def size(self) -> int:
        """Number of degrees of freedom of all unknowns, identified ones counted twice."""
        return self.offsets[-1]

    @cached_property
    def volume(self) -> Quadrature:
        """Quadrature over all cells."""
        return self._quadrature(self.bases)

    def side(self, part: str) -> Quadrature:
        """Return the quadrature over a boundary part."""
        facets = self._facets(part)
        bases = {
            order: skfem.FacetBasis(
                self.library,
                element(self.mesh.dimension, order),
                self.mapping,
                facets=facets,
                intorder=self.degree,
            )
            for order in self.bases
        }
        return self._quadrature(bases)

    def places(self, j: int) -> np.ndarray:
        """Return where the degrees of freedom of an unknown are, (n, d)."""
        return self.frame.outside(self.bases[self.orders[j]].doflocs.T)

    def on(self, j: int, part: str) -> np.ndarray:
        """Return the degrees of freedom of an unknown on a boundary part, its own numbers."""
        if self.orders[j] == 1:
            return np.unique(self.mesh.parts[part])  # vertices alone: no facets need numbering
        basis = self.bases[self.orders[j]]
        return np.asarray(basis.get_dofs(self._facets(part)).flatten())

    @cached_property
    def master(self) -> np.ndarray:
        """For each degree of freedom the one that stands for it: itself, unless periodic."""
        found = np.arange(self.size)
        for j, numbers in self._masters.items():
            found[self.offsets[j] : self.offsets[j + 1]] = self.offsets[j] + numbers
        return found

    def numbers(self, j: int, table: Table) -> np.ndarray:
        """Return the overall numbers of an unknown's functions on cells, (cells, functions)."""
        found = self.offsets[j] + table.dofs
        return self.master[found] if self._masters else found

    def cell_dofs(self, j: int) -> np.ndarray:
        """Return the unknown's own degrees of freedom cell by cell, (cells, functions)."""
        return np.asarray(self.bases[self.orders[j]].element_dofs.T)

    @cached_property
    def geometry(self) -> tuple[np.ndarray, np.ndarray]:
        """The nodes (n, d) and the cells (m, nodes) of the geometry, quadratic if curved."""
        mapping = self.library
        if not self.curved:
            return self.mesh.points, mapping.t.T
        order_two = skfem.Basis(mapping, element(self.mesh.dimension, 2), intorder=1)
        nodes = self.frame.outside(mapping.doflocs.T)
        nodes[: len(self.mesh.points)] = self.mesh.points
        return nodes, order_two.element_dofs.T

    def _facets(self, part: str) -> np.ndarray:
        """Return scikit-fem's numbers of the facets of a part."""
        n = len(self.mesh.points)
        weights = n ** np.arange(self.mesh.dimension, dtype=object)[::-1]
        weights = weights.astype(np.int64 if n**self.mesh.dimension < 2**62 else object)
        every = np.sort(self.library.facets[: self.mesh.dimension], axis=0).T @ weights
        own = np.sort(self.mesh.parts[part], axis=1) @ weights
        order = np.argsort(every)
        found = order[np.searchsorted(every[order], own)]
        return np.asarray(found, dtype=np.int64)

    def _quadrature(self, bases: dict[int, Any]) -> Quadrature:
        return quadrature(bases, self.frame, self.mesh.dimension)

    def _identified(self, order: int, pairs: tuple[tuple[str, str], ...]) -> np.ndarray:
        """Return for each degree of freedom the one on the opposite side that stands for it."""
        basis = self.bases[order]
        numbers = np.arange(basis.N)
        for low, high in pairs:
            first = np.asarray(basis.get_dofs(self._facets(low)).flatten())
            second = np.asarray(basis.get_dofs(self._facets(high)).flatten())
            axis = self.mesh.axes.index(low.rpartition("_")[0])
            rest = [k for k in range(self.mesh.dimension) if k != axis]
            a, b = basis.doflocs[rest][:, first], basis.doflocs[rest][:, second]
            scale = 1e-8
            one = first[np.lexsort(np.round(a / scale))] if rest else first
            two = second[np.lexsort(np.round(b / scale))] if rest else second
            if len(one) != len(two):
                raise ValueError(f"the meshes of {low} and {high} do not match")
            numbers[two] = numbers[one]
        for _ in pairs:
            numbers = numbers[numbers]
        return numbers


def quadrature(bases: dict[int, Any], frame: Frame, dimension: int) -> Quadrature:
    """Return scikit-fem's bases of one mesh, by order, as a quadrature in its own coordinates."""
    first = next(iter(bases.values()))
    normals = getattr(first, "normals", None)
    across = dimension if normals is None else dimension - 1
    places = np.asarray(first.global_coordinates())
    return Quadrature(
        frame.origin[:, None, None] + frame.length * places,
        np.asarray(first.dx) * frame.length**across,
        {order: _table(basis, frame.length) for order, basis in bases.items()},
        None if normals is None else np.asarray(normals),
    )


def _table(basis: Any, length: float) -> Table:
    functions = [item[0] for item in basis.basis]
    shape = basis.dx.shape
    value = np.stack([np.broadcast_to(np.asarray(item), shape) for item in functions], axis=1)
    slope = np.stack([np.asarray(item.grad).transpose(1, 0, 2) for item in functions], axis=1)
    return Table(
        np.asarray(basis.element_dofs.T),
        np.ascontiguousarray(value),
        np.ascontiguousarray(slope) / length,
    )
