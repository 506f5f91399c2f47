"""A simply supported plate, of fourth order, as two equations of second order."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad, space, unknown


def _statement() -> Problem:
    x, y = space("x", "y")
    w, m = unknown("w", "m", x, y)
    load = sp.sin(sp.pi * x) * sp.sin(2 * sp.pi * y)
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=[Eq(-div(grad(w)), m), Eq(-div(grad(m)), load)],
        conditions=[dirichlet(w, 0), dirichlet(m, 0)],
        name="plate",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return deflection and moment at points (n, 2) of columns x and y, as (n, 2)."""
    x, y = np.asarray(points, float).T
    load, square = np.sin(np.pi * x) * np.sin(2 * np.pi * y), 5 * np.pi**2
    return np.stack([load / square**2, load / square], axis=1)


plate = Case(
    name="plate",
    title="simply supported plate under a wavy load, as a mixed system",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(101, 101),
    source=Source(
        id="kirsch",
        title="Theory of Elasticity",
        authors="S. P. Timoshenko, J. N. Goodier",
        year=1951,
        identifier="doi:10.1115/1.3408648",
    ),
    group="anchors",
    notes="Deflection w and moment m in units in which the plate's stiffness is one.",
)
