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

KOBAYASHI_TSUCHIYA = Source(
    "circumradius",
    "A Babuška-Aziz type proof of the circumradius condition",
    "K. Kobayashi, T. Tsuchiya",
    2014,
    "doi:10.1007/s13160-013-0128-y",
    "verified",
)


@final
@dataclass(frozen=True, eq=False)
class Duality:
    """|e| <= factor · |||e||| + rest in L2.

    For -a Δφ = e, φ = 0 on the boundary of a convex domain, a |D²φ| <= |e|. With linear
    interpolation I, |e|² = a(e, φ - Iφ) + a(e, Iφ): the first is at most h |||e||| |e| / sqrt a
    with |∇(φ - Iφ)| <= h |D²φ|, h the largest circumradius (on a line, cell over π); the second is
    the residual at every hat, times the largest |φ|.

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
    area = cells.measures
    circumradius = float((sides[0] * sides[1] * sides[2] / (4 * area)).max())
    # Green's function is below ln(D / r) / 2π, whose square has the integral D² / 8π.
    return Duality(circumradius / math.sqrt(stiff), widest / math.sqrt(8 * math.pi) / stiff)
