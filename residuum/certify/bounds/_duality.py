"""Sharper bounds in L2 on convex domains, from the regularity of the adjoint problem."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from residuum._core import Source
from residuum.certify.bounds._cells import Cells, Places
from residuum.certify.bounds._constants import held_parts
from residuum.certify.bounds._equilibration import Data
from residuum.certify.bounds._raviart_thomas import barycentric
from residuum.certify.bounds._statement import Statement
from residuum.geometry import Box, Polygon

BEBENDORF = Source(
    "poincare-convex",
    "A note on the Poincaré inequality for convex domains",
    "M. Bebendorf",
    2003,
    "doi:10.4171/ZAA/1170",
    "verified",
)


@final
@dataclass(frozen=True, eq=False)
class Duality:
    """|e| <= factor · |||e||| + rest in L2.

    For -a Δφ = e, φ = 0 on the boundary of a convex domain, a |D²φ| <= |e|. With linear
    interpolation I, |e|² = a(e, φ - Iφ) + a(e, Iφ): the first is at most h |||e||| |e| / sqrt a
    with |∇(φ - Iφ)| <= h |D²φ|, h from `interpolation` (on a line, cell over π); the second is the
    residual at every hat, times the largest |φ|.

    Args:
        factor: h / sqrt a.
        peak: largest |φ| over |e|.
    """

    factor: float
    peak: float

    def rest(self, cells: Cells, places: Places, data: Data) -> float:
        """Return what a field that is not the elements' own solution adds."""
        hats, slopes = barycentric(places.reference)
        turned = np.linalg.solve(places.slopes[:, 0], data.flux)
        local = np.einsum("vq,mq,mq->mv", hats, data.source, places.measures)
        local += np.einsum("vk,mkq,mq->mv", slopes, turned, places.measures)
        total = np.zeros(len(cells.nodes))
        np.add.at(total, cells.corners.ravel(), local.ravel())
        outer = cells.facets[cells.facet_numbers[cells.border]]
        total[outer.ravel()] = 0.0
        return self.peak * float(np.abs(total).sum())


def duality(cells: Cells, statement: Statement) -> Duality | None:
    """Return the inequality where it is proved: convex, held all around, constant and isotropic."""
    problem, d = statement.problem, cells.dimension
    shape = problem.shape
    assert shape is not None
    convex = isinstance(shape, Box) or (isinstance(shape, Polygon) and shape.convex)
    held = held_parts(problem, problem.unknowns[0]) == shape.parts
    tensor = statement.tensor[0, :, 0]
    same = all(tensor[i, j] == (tensor[0, 0] if i == j else 0) for i in range(d) for j in range(d))
    plain = tensor[0, 0].is_number and statement.reaction[0] == 0
    if d > 2 or not (convex and held and same and plain) or cells.curved:
        return None
    stiff = float(tensor[0, 0])
    widest = float(np.linalg.norm(np.ptp(shape.bounds, axis=1)))
    corners = cells.nodes[cells.corners]
    sides = [
        np.linalg.norm(corners[:, i] - corners[:, j], axis=1)
        for i in range(d + 1)
        for j in range(i)
    ]
    if d == 1:
        # |φ| <= sqrt L / 2 |φ'| and |φ'| <= L / π |φ''|.
        return Duality(
            float(sides[0].max()) / math.pi / math.sqrt(stiff), widest**1.5 / (2 * math.pi * stiff)
        )
    steep = float(interpolation(corners).max())
    # Green's function is below ln(D / r) / 2π, whose square has the integral D² / 8π.
    return Duality(steep / math.sqrt(stiff), widest / math.sqrt(8 * math.pi) / stiff)


def interpolation(corners: np.ndarray) -> np.ndarray:
    """Return C with |∇(φ - Iφ)| <= C |D²φ| on triangles (m, 3, 2), I linear interpolation.

    Proof. g = ∇(φ - Iφ) has the slopes D²φ, and along every edge its tangential component has the
    mean zero, for φ = Iφ at the corners. A function f whose mean over an edge is zero has
    |f|² <= c² |∇f|², c² = h²/π² + (|a|² + |b|² + a·b)/24, h the longest edge and a, b the edges
    from the opposite corner P: less its mean m over the triangle K it is at most h/π |∇f|, as K is
    convex, 2 |K| m = -∫ (x - P)·∇f (the divergence of (x - P) f), and ∫ |x - P|² is
    |K| (|a|² + |b|² + a·b)/6. With f = g·t for some of the edges' unit tangents t,

        λ(Σ t tᵀ) |g|² <= Σ |g·t|² <= Σ c² |D²φ t|² <= Λ(Σ c² t tᵀ) |D²φ|²,

    λ the least and Λ the largest eigenvalue. Two edges or all three: the best counts.
    """
    edges = np.stack([corners[:, (i + 2) % 3] - corners[:, (i + 1) % 3] for i in range(3)], axis=1)
    length = np.linalg.norm(edges, axis=2)
    tangents = edges / length[..., None]
    away = np.stack(
        [
            (
                (corners[:, (i + 1) % 3] - corners[:, i])
                * (corners[:, (i + 2) % 3] - corners[:, i])
            ).sum(axis=1)
            for i in range(3)
        ],
        axis=1,
    )
    ends = (length**2).sum(axis=1, keepdims=True) - length**2
    squares = (length.max(axis=1, keepdims=True) / math.pi) ** 2 + (ends + away) / 24
    found = np.full(len(corners), np.inf)
    for chosen in ([0, 1], [1, 2], [0, 2], [0, 1, 2]):
        t, c = tangents[:, chosen], squares[:, chosen]
        least = np.linalg.eigvalsh(np.einsum("mei,mej->mij", t, t))[:, 0]
        most = np.linalg.eigvalsh(np.einsum("me,mei,mej->mij", c, t, t))[:, -1]
        found = np.minimum(found, most / least)
    return np.sqrt(found)
