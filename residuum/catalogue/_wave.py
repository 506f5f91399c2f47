"""A string with fixed ends, in two modes of different frequency."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    initial_rate,
    parameter,
    space,
    time,
    unknown,
)

SPEED = 2.0


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, c = unknown("u", t, x), parameter("c", SPEED)
    start = sp.sin(sp.pi * x) + sp.sin(4 * sp.pi * x) / 2
    return Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(u.diff(t, 2), div(c**2 * grad(u)))],
        conditions=[initial(u, start), initial_rate(u, 0), dirichlet(u, 0)],
        name="wave",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return the sum of two standing waves at points (n, 2) of columns t and x, as (n, 1)."""
    t, x = np.pi * np.asarray(points, float).T
    first = np.cos(SPEED * t) * np.sin(x)
    fourth = np.cos(4 * SPEED * t) * np.sin(4 * x) / 2
    value: np.ndarray = (first + fourth)[:, None]
    return value


wave = Case(
    name="wave",
    title="wave equation on a string with fixed ends: two standing waves, speed 2",
    build=_statement,
    reference=_reference,
    trust="exact; 5e-15 for the rounding of the phases",
    floor=5e-15,
    points=(101, 101),
    source=Source(
        id="pinn-ntk",
        title="When and why PINNs fail to train: A neural tangent kernel perspective",
        authors="S. Wang, X. Yu, P. Perdikaris",
        year=2022,
        identifier="arXiv:2007.14527",
    ),
)
