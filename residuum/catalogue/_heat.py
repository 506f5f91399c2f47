"""Cooling of a rod with cold ends."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    parameter,
    space,
    time,
    unknown,
)

ALPHA = 0.1


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, alpha = unknown("u", t, x), parameter("alpha", ALPHA)
    return Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(u.diff(t), div(alpha * grad(u)))],
        conditions=[initial(u, sp.sin(sp.pi * x)), dirichlet(u, 0)],
        name="heat",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u = exp(-απ²t) sin(πx) at points (n, 2) of columns t and x, as (n, 1)."""
    t, x = np.asarray(points, float).T
    value: np.ndarray = (np.exp(-ALPHA * np.pi**2 * t) * np.sin(np.pi * x))[:, None]
    return value


heat = Case(
    name="heat",
    title="heat equation on a rod with cold ends and a sine start",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(101, 101),
)
