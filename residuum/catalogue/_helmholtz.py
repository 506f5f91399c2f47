"""Helmholtz on a square with a made-up right-hand side: slow in x, fast in y."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, laplacian, space, unknown


def _statement() -> Problem:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    load = (1 - 17 * sp.pi**2) * sp.sin(sp.pi * x) * sp.sin(4 * sp.pi * y)
    return Problem(
        domain=Box(x=(-1, 1), y=(-1, 1)),
        equations=[Eq(laplacian(u) + u, load)],
        conditions=[dirichlet(u, 0)],
        name="helmholtz",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u = sin(πx) sin(4πy) at points (n, 2) of columns x and y, as (n, 1)."""
    x, y = np.asarray(points, float).T
    value: np.ndarray = (np.sin(np.pi * x) * np.sin(4 * np.pi * y))[:, None]
    return value


helmholtz = Case(
    name="helmholtz",
    title="Helmholtz equation on a square, u = sin(pi x) sin(4 pi y)",
    build=_statement,
    reference=_reference,
    trust="exact; 2e-15 for the rounding of the phases",
    floor=2e-15,
    points=(129, 129),
    source=Source(
        id="gradient-pathologies",
        title="Understanding and mitigating gradient flow pathologies in physics-informed neural "
        "networks",
        authors="S. Wang, Y. Teng, P. Perdikaris",
        year=2021,
        identifier="arXiv:2001.04536",
    ),
)
