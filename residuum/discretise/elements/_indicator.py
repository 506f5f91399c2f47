"""Where a mesh is too coarse: jumps of the flux between cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import skfem

from residuum.discretise.elements._assembly import trials
from residuum.discretise.elements._integrand import Integrand, Place
from residuum.discretise.elements._location import locate
from residuum.discretise.elements._reference import element
from residuum.discretise.elements._space import Quadrature, quadrature
from residuum.discretise.elements._system import System
from residuum.geometry.mesh import Mesh

INSIDE = 1e-7
"""How far into its cell a coefficient is read at a facet, as a share of the way to the centre."""
BULK = 0.6
"""Share of the whole indicator that the cells to be refined carry."""
HANDED = 1.5
"""Power of the share of a cell that a part inherits of its indicator: a cautious guess at what
cutting gains near a corner, where it gains least."""
ROUNDS = 12
EVEN = 0.3
"""Share of the cells from which on all are refined: then nothing stands out."""


def indicator(
    system: System, state: np.ndarray, time: float = 0.0, *, energy: bool = False
) -> np.ndarray:
    """Return for each cell the squared jumps of the flux over its facets, weighted by their size.

    Without the last weight the sum over cells is, up to a constant, the squared error in the energy
    norm (Kelly, de S. R. Gago, Zienkiewicz & Babuška 1983, doi:10.1002/nme.1620191103) where the
    flux is that of a diffusion. Two more powers of the cell size would make it the squared error in
    L2 but for what singular corners spread over the whole domain; one power lies between, and is
    finite where boundary values jump. Each equation's part is divided by its sum: units do not
    matter.

    Args:
        system: the discrete equations.
        state: their solution, (size,).
        time: of the state.
        energy: leave the last weight out, for the energy norm (in which a pressure counts too).
    """
    space = system.space
    sides = [_facets(system, side) for side in (0, 1)]
    mesh = space.library
    neighbours = mesh.f2t[:, sides[0][1]]
    total = np.zeros(len(space.mesh.cells))
    for equation in system.form.equations:
        if not any(item != 0 for item in equation.flux):
            continue
        integrand = Integrand(system.form, tuple(equation.flux), system.known, system.parameters)
        jump: Any = 0.0
        for sign, (where, _) in zip((1.0, -1.0), sides, strict=True):
            place = Place(where.points, None, time)
            offset, atoms = system.offset, integrand.atoms
            known = None if offset is None else offset.trials(where, time, atoms.values())
            values = integrand.values(
                place, trials(space, where, atoms, state, np.zeros_like(state), known)
            )
            assert sides[0][0].normals is not None
            for value, normal in zip(values, sides[0][0].normals, strict=True):
                jump = jump + sign * value * normal
        weights = sides[0][0].weights
        size = weights.sum(axis=1) ** (1 / max(space.mesh.dimension - 1, 1))
        local = size * (weights * np.asarray(jump) ** 2).sum(axis=1)
        own = np.zeros_like(total)
        for cells in neighbours:
            np.add.at(own, cells, local)
        own *= 1.0 if energy else space.mesh.sizes
        if own.sum() > 0:
            total += own / own.sum()
    return total


def _facets(system: System, side: int) -> tuple[Quadrature, np.ndarray]:
    """Return quadrature over the inner facets as one of their two cells sees them."""
    space, d = system.space, system.space.mesh.dimension
    degree = 2 * max(space.bases)
    bases = {
        order: skfem.InteriorFacetBasis(
            space.library, element(d, order), space.mapping, side=side, intorder=degree
        )
        for order in space.bases
    }
    found = quadrature(bases, space.frame, d)
    facets = next(iter(bases.values())).find
    cells = space.library.f2t[side, facets]
    centre = space.mesh.points[space.mesh.cells[cells]].mean(axis=1).T[:, :, None]
    inner = found.points + INSIDE * (centre - found.points)
    return Quadrature(inner, found.weights, found.tables, found.normals), facets


def grown(mesh: Mesh, values: np.ndarray | None, growth: float) -> Mesh:
    """Return a mesh of at least ``growth`` times as many cells, finer where the indicator is large.

    Args:
        mesh: the mesh the indicator belongs to.
        values: the indicator (cells,); ``None`` cuts every cell.
        growth: least growth in the number of cells.

    Cells are marked and cut several times over, with the indicator handed down to their parts: that
    saves solving on the meshes between.
    """
    new, wanted = mesh, growth * len(mesh.cells)
    if values is None or _even(values):
        return mesh.refined()
    for _ in range(ROUNDS):
        room = int((wanted - len(new.cells)) / (2**mesh.dimension)) + 1
        finer = new.refined(_marked(values, room))
        if len(finer.cells) >= wanted:
            return finer
        centres = finer.points[finer.cells].mean(axis=1)
        parents = locate(new.points, new.cells, centres)
        shares = finer.measures / new.measures[parents]
        values = values[parents] * np.minimum(shares, 1.0) ** HANDED
        new = finer
    return new


def _even(values: np.ndarray) -> bool:
    """Whether the bulk is spread so widely that cutting every cell is best."""
    total = float(values.sum())
    found = np.sort(values)[::-1]
    count = int(np.searchsorted(np.cumsum(found), BULK * total)) + 1
    return not total > 0 or count > EVEN * len(values)


def _marked(values: np.ndarray, most: int) -> np.ndarray:
    """Return the cells that carry the bulk of an indicator, the largest ones if too many."""
    order = np.argsort(values)[::-1]
    bulk = BULK * float(values.sum())
    count = int(np.searchsorted(np.cumsum(values[order]), bulk)) + 1
    return np.asarray(order[: min(count, most)])
