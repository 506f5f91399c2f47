"""What the error looks like on a mesh: the finite-element solution of the residual equation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import splu

from residuum.certify.bounds._coercive import NotCovered
from residuum.certify.bounds._quadrature import Side
from residuum.certify.bounds._residual import Residual
from residuum.certify.bounds._transfinite import Lifting


@final
@dataclass(frozen=True, eq=False)
class Trial:
    """A continuous function at the quadrature points of a mesh.

    Args:
        value: in the cells, (m, q).
        slope: its gradient, (m, q, d).
        on: on the free parts of the boundary, (k, q) by part.
    """

    value: np.ndarray
    slope: np.ndarray
    on: dict[str, np.ndarray]

    def __add__(self, other: Trial) -> Trial:
        on = {part: item + other.on[part] for part, item in self.on.items()}
        return Trial(self.value + other.value, self.slope + other.slope, on)


def lifted(residual: Residual, lifting: Lifting) -> Trial:
    """Return the lifting of the wrong boundary values at the points of a residual."""
    cells = residual.cells
    value, slope = lifting(np.arange(len(cells.mesh.cells)), cells.barycentric)
    on = {
        part: lifting(free.side.cells, _barycentric(residual, free.side))[0]
        for part, free in residual.sides.items()
    }
    return Trial(value, slope, on)


def _barycentric(residual: Residual, side: Side) -> np.ndarray:
    cells = residual.cells
    first = cells.mesh.points[cells.mesh.cells[side.cells, 0]]
    rest = np.einsum("kqd,kid->kqi", side.points - first[:, None], cells.gradients[side.cells, 1:])
    return np.concatenate([1 - rest.sum(axis=2, keepdims=True), rest], axis=2)


def expanded(residual: Residual, dofs: np.ndarray) -> Trial:
    """Return a finite-element function at the points of a residual."""
    cells = residual.cells
    own = dofs[cells.value_dofs]
    on = {
        part: np.einsum("kj,kjq->kq", dofs[free.side.value_dofs], free.side.value)
        for part, free in residual.sides.items()
    }
    value = np.einsum("mj,mjq->mq", own, cells.values)
    return Trial(value, np.einsum("mj,mjqd->mqd", own, cells.slopes), on)


def galerkin(residual: Residual, lifting: Trial, held: np.ndarray) -> np.ndarray:
    """Return the degrees of freedom of w with a(lifting + w, z) = R(z) for all z like w.

    Args:
        residual: the field.
        lifting: what takes up its wrong boundary values.
        held: degrees of freedom of w that are zero.
    """
    cells = residual.cells
    wz, z, dz = cells.weights, cells.values, cells.slopes
    m, n, q, d = dz.shape
    source = np.empty((m, n, q))
    flux = np.empty((m, n, q, d))
    for j in range(n):
        source[:, j] = residual.source_of(z[:, j], dz[:, j])
        flux[:, j] = residual.flux_of(z[:, j], dz[:, j])
    weighted = dz * wz[:, None, :, None]
    local = weighted.reshape(m, n, -1) @ flux.reshape(m, n, -1).transpose(0, 2, 1)
    local += (z * wz[:, None]) @ source.transpose(0, 2, 1)
    density = residual.density - residual.source_of(lifting.value, lifting.slope)
    shift = residual.shift - residual.flux_of(lifting.value, lifting.slope)
    load = np.einsum("mjq,mq->mj", z, wz * density)
    load += np.einsum("mjqd,mqd->mj", weighted, shift)
    matrix = gathered(cells.value_dofs, local, cells.corrections)
    right = np.bincount(cells.value_dofs.ravel(), load.ravel(), minlength=cells.corrections)
    for part, free in residual.sides.items():
        side = free.side
        here = np.einsum("kiq,kjq,kq->kij", side.value, side.value, side.weights * free.slope)
        matrix = matrix + gathered(side.value_dofs, here, cells.corrections)
        misfit = free.misfit + free.slope * lifting.on[part]
        here = np.einsum("kiq,kq->ki", side.value, side.weights * misfit)
        right -= np.bincount(side.value_dofs.ravel(), here.ravel(), minlength=cells.corrections)
    return solved(matrix, right, held, np.zeros(len(held)))


def gathered(numbers: np.ndarray, local: np.ndarray, size: int) -> Any:
    """Return the sparse matrix of local matrices (m, n, n) with numbers (m, n)."""
    n = numbers.shape[1]
    rows = np.repeat(numbers, n, axis=1).ravel()
    columns = np.tile(numbers, (1, n)).ravel()
    return sparse.coo_matrix((local.ravel(), (rows, columns)), shape=(size, size)).tocsr()


def solved(matrix: Any, right: np.ndarray, held: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the solution of a sparse system with some numbers held.

    Raises:
        NotCovered: the matrix is singular.
    """
    found = np.zeros(len(right))
    found[held] = values
    free = np.ones(len(right), bool)
    free[held] = False
    if free.any():
        own = matrix[free]
        load = right[free] - own[:, ~free] @ found[~free]
        try:
            factors = splu(own[:, free].tocsc(), permc_spec="MMD_AT_PLUS_A")
        except RuntimeError as error:
            raise NotCovered(f"a system of equations is singular ({error})") from None
        found[free] = factors.solve(load)
    if not np.isfinite(found).all():
        raise NotCovered("a system of equations is singular")
    return found
