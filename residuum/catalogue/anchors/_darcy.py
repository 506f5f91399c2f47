"""Darcy flow through two phases, one of them four times as permeable as the other."""

from __future__ import annotations

import numpy as np

from residuum._core import OptionError, Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT
from residuum.geometry import Box
from residuum.problem import Eq, Problem, coefficient, dirichlet, div, grad, space, unknown

HIGH, LOW = 12.0, 3.0
SEED, LARGEST, CELLS = 1013, 12, 32


def seeded_mask() -> np.ndarray:
    """Return where a seeded random field is positive, cells (32, 32), first index along x.

    The field is Σ c cos(kπx) cos(lπy) with the published covariance (-Δ + 9)^-2 under zero normal
    derivatives, up to a common factor, which changes nothing; waves beyond k, l = 12 and the mean
    are left out.
    """
    k = np.arange(LARGEST + 1)
    spread = 1 / (np.pi**2 * (k[:, None] ** 2 + k**2) + 9)
    spread *= np.where(k > 0, 1, np.sqrt(0.5)) * np.where(k > 0, 1, np.sqrt(0.5))[:, None]
    spread[0, 0] = 0
    amplitudes = spread * np.random.default_rng(SEED).standard_normal(spread.shape)
    waves = np.cos(np.pi * k * ((np.arange(CELLS) + 0.5) / CELLS)[:, None])
    mask: np.ndarray = waves @ amplitudes @ waves.T >= 0
    return mask


def _statement() -> Problem:
    return darcy_cells(seeded_mask(), high=HIGH, low=LOW, name="darcy_two_phase")


def darcy_cells(
    mask: np.ndarray, *, high: float, low: float, source: float = 1.0, name: str = "darcy_cells"
) -> Problem:
    """Return the flow through square cells of two phases, ``-div(a grad u) = source``.

    Args:
        mask: which of the cells (n, n) conduct well, first index along x.
        high, low: conductivity of the cells in the mask and of the others.
        source: right-hand side.
        name: of the problem.

    Raises:
        OptionError: a mask that is not square, or a conductivity that is not positive.
    """
    cells = np.asarray(mask, bool)
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1]:
        raise OptionError("a square array of cells", f"shape {cells.shape}", "Give (n, n).")
    if not (high > 0 and low > 0):
        raise OptionError("positive conductivities", f"{high}, {low}", "Correct them.")
    edges = np.linspace(0, 1, len(cells) + 1)
    x, y = space("x", "y")
    u, a = unknown("u", x, y), coefficient("a", x, y)
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=[Eq(-div(a * grad(u)), source)],
        conditions=[dirichlet(u, 0)],
        given={a: ((edges, edges), np.where(cells, high, low))},
        name=name,
    )


darcy_two_phase = Case(
    name="darcy_two_phase",
    title="Darcy flow through a seeded two-phase medium (conductivities 12 and 3)",
    build=_statement,
    reference=None,
    trust=JUDGED_BY_REFINEMENT,
    floor=0,
    points=(65, 65),
    source=Source(
        id="fno",
        title="Fourier Neural Operator for Parametric Partial Differential Equations",
        authors="Z. Li, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, "
        "A. Anandkumar",
        year=2020,
        identifier="arXiv:2010.08895",
    ),
    group="anchors",
    notes="One member of the published family, on 32 cells a side (published: on grids of up to "
    "421 points). Public data sets of the same name use other "
    "conductivities, such as a contrast of about 20: `darcy_cells` states those from a mask.",
)
