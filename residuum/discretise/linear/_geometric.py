"""Geometric multigrid for Poisson's equation on a grid with obstacles."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from residuum.discretise.linear._grid_poisson import GridPoisson
from residuum.discretise.linear._multigrid import Cycle

COARSEST = 40
"""Unknowns that are solved for directly."""


def geometric(grid: GridPoisson) -> Cycle:
    """Set up a V-cycle on grids of half the cells a side: an ``ApproximateInverse``.

    Every second free cell is kept; values between are linear, and half where only a held wall is
    on the other side. Coarse matrices are Galerkin products, the smoother is one symmetric
    Gauss–Seidel sweep before and after. (W. L. Briggs, V. E. Henson, S. F. McCormick, A Multigrid
    Tutorial, 2nd edition, SIAM 2000.)
    """
    import pyamg
    import scipy.sparse as sp
    from pyamg.relaxation.smoothing import change_smoothers

    kind = pyamg.multilevel.MultilevelSolver
    insulated = grid.obstacles == "insulated" or any(
        wall == "insulated" for pair in grid.walls for wall in pair
    )
    levels, free, matrix = [], grid.free, sp.csr_matrix(grid.matrix)
    while True:
        level = kind.Level()
        level.A = matrix
        levels.append(level)
        if matrix.shape[0] <= COARSEST or min(free.shape) < 3:
            break
        coarse = free[(slice(1, None, 2),) * free.ndim]
        prolongation = _prolongation(free, coarse, insulated)
        used = np.asarray(abs(prolongation).sum(axis=0)).ravel() > 0
        if not used.any():
            break
        level.P = sp.csr_matrix(prolongation)
        level.R = sp.csr_matrix(level.P.T)
        matrix = sp.csr_matrix(level.R @ matrix @ level.P)
        free = coarse
    found = kind(levels, coarse_solver="splu")
    sweep = ("gauss_seidel", {"sweep": "symmetric"})
    change_smoothers(found, sweep, sweep)
    return Cycle(found, "geometric multigrid")


def _prolongation(free: np.ndarray, coarse: np.ndarray, insulated: bool) -> Any:
    """Return the interpolation from the free cells of the coarse grid to those of the fine one."""
    import scipy.sparse as sp

    whole = reduce(lambda a, b: sp.kron(a, b, format="csr"), map(_line, free.shape))
    found = sp.csr_array(whole)[free.ravel()][:, coarse.ravel()]
    if insulated:
        # Nothing pulls towards zero at an insulated wall: weights must sum to one there.
        total = np.asarray(found.sum(axis=1)).ravel()
        found = sp.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ found
    return sp.csr_array(found)


def _line(side: int) -> Any:
    """Return linear interpolation from the cells 1, 3, 5, … of a line to all of them."""
    import scipy.sparse as sp

    kept = np.arange(1, side, 2)
    names = np.arange(len(kept))
    parts = [(kept, np.ones(len(kept))), (kept - 1, np.full(len(kept), 0.5))]
    inside = kept + 1 < side
    rows = np.concatenate([*(part[0] for part in parts), kept[inside] + 1])
    values = np.concatenate([*(part[1] for part in parts), np.full(int(inside.sum()), 0.5)])
    columns = np.concatenate([names, names, names[inside]])
    return sp.csr_array((values, (rows, columns)), shape=(side, len(kept)))
