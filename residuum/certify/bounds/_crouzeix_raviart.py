"""Guaranteed lower bounds of Laplace eigenvalues by Crouzeix–Raviart elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from residuum._core import Source
from residuum.geometry.mesh import Mesh

ROUNDING = 1e-8
"""Relative part taken off a computed eigenvalue: its residual is far below."""
LIU = Source(
    "crouzeix-raviart-bounds",
    "A framework of verified eigenvalue bounds for self-adjoint differential operators",
    "X. Liu",
    2015,
    "doi:10.1016/j.amc.2015.03.048",
    "verified",
)


def kappa(dimension: int) -> float:
    """Return κ in |w| <= κ h |∇w|, w = v - Πv what interpolation at facets leaves of a function.

    Proof. The mean of w over every facet is zero. With the mean m over the simplex K of dimension d
    and diameter h, |w|² = |w - m|² + |K| m², and |w - m| <= h/π |∇w| as K is convex. The divergence
    of (x - P) w, P a vertex, has the integral zero, since (x - P)·n is constant on the facet
    opposite to P and zero on the others: d |K| m = -∫ (x - P)·∇w. The mean of that over all P has
    the centroid M in place of P, so that d² |K|² m² <= ∫ |x - M|² |∇w|². And ∫ |x - M|² is |K| over
    (d + 1)² (d + 2) times the sum of the squared edges, d (d + 1) / 2 of at most h²: together
    κ² = 1/π² + 1 / (2 d (d + 1) (d + 2)). On a line w is zero at both ends, and κ = 1/π.

    For triangles Liu gives 0.1893 by verified computation, which is not repeated here; the larger
    0.3495 costs the L-shape 1.2 % of its first eigenvalue.
    """
    if dimension == 1:
        return 1 / math.pi
    return math.sqrt(1 / math.pi**2 + 1 / (2 * dimension * (dimension + 1) * (dimension + 2)))


def least_eigenvalue(mesh: Mesh, held: Sequence[str]) -> float:
    """Return a lower bound of the smallest positive eigenvalue of -Laplace on the mesh's domain.

    λ >= λ_h / (1 + κ² h² λ_h) with the eigenvalue λ_h of Crouzeix–Raviart elements and the longest
    edge h. On the named parts functions vanish, elsewhere they are free; with no part named the
    eigenvalue is the second, that of functions of mean zero.

    Args:
        mesh: of a polygon or polyhedron, connected; its domain is exactly the one spoken of.
        held: names of its parts.
    """
    numbers, count = _numbered(mesh)
    stiffness, mass = _matrices(mesh, numbers, count)
    free = np.ones(count, bool)
    for part in held:
        free[_facets(mesh, numbers, part)] = False
    keep = np.flatnonzero(free)
    found = _smallest(stiffness[keep][:, keep], mass[keep][:, keep], second=bool(free.all()))
    found *= 1 - ROUNDING
    return found / (1 + (kappa(mesh.dimension) * mesh.size) ** 2 * found)


def _numbered(mesh: Mesh) -> tuple[np.ndarray, int]:
    """Return the number of the facet opposite to each vertex, (m, d+1), and their count."""
    d = mesh.dimension
    every = [np.sort(np.delete(mesh.cells, i, axis=1), axis=1) for i in range(d + 1)]
    _, numbers = np.unique(np.concatenate(every), axis=0, return_inverse=True)
    numbers = numbers.reshape(d + 1, -1).T
    return numbers, int(numbers.max()) + 1


def _facets(mesh: Mesh, numbers: np.ndarray, part: str) -> np.ndarray:
    """Return the numbers of the facets of a part."""
    table: dict[tuple[int, ...], int] = {}
    once = np.bincount(numbers.ravel())[numbers] == 1
    for i in range(mesh.dimension + 1):
        rows = np.flatnonzero(once[:, i])
        facets = np.sort(np.delete(mesh.cells[rows], i, axis=1), axis=1)
        table |= dict(zip(map(tuple, facets.tolist()), numbers[rows, i].tolist(), strict=True))
    return np.array([table[tuple(row)] for row in mesh.parts[part].tolist()], dtype=int)


def _matrices(mesh: Mesh, numbers: np.ndarray, count: int) -> tuple[Any, Any]:
    """Return stiffness and mass of the functions 1 - d λ_i, one per facet."""
    import scipy.sparse as sp  # it takes a while to import

    d, measures = mesh.dimension, np.abs(mesh.measures)
    corners = mesh.points[mesh.cells]
    inverse = np.linalg.inv(corners[:, 1:] - corners[:, :1])
    slopes = np.concatenate([-inverse.sum(axis=2)[:, None], inverse.transpose(0, 2, 1)], axis=1)
    local = d**2 * np.einsum("mik,mjk->mij", slopes, slopes) * measures[:, None, None]
    # The integral of (1 - d λ_i)(1 - d λ_j) over the cell, as a share of its measure.
    pair = 1 - 2 * d / (d + 1) + d**2 * (1 + np.eye(d + 1)) / ((d + 1) * (d + 2))
    rows = np.repeat(numbers, d + 1, axis=1).ravel()
    columns = np.tile(numbers, (1, d + 1)).ravel()
    shape = (count, count)
    stiffness = sp.csc_matrix((local.ravel(), (rows, columns)), shape=shape)
    weights = (pair * measures[:, None, None]).ravel()
    return stiffness, sp.csc_matrix((weights, (rows, columns)), shape=shape)


def _smallest(stiffness: Any, mass: Any, *, second: bool) -> float:
    from scipy.sparse.linalg import eigsh  # it takes a while to import

    k = 2 if second else 1
    # A shift below zero: without held parts the stiffness itself is singular.
    shift = -1e-2 * float(stiffness.diagonal().min() / mass.diagonal().max()) if second else 0.0
    start = np.random.default_rng(7).uniform(0.5, 1.5, stiffness.shape[0])
    values = eigsh(
        stiffness, k, M=mass, sigma=shift, which="LM", v0=start, return_eigenvectors=False
    )
    return float(np.sort(values)[k - 1])
