"""Heat with two scales: fast along y, nearly frozen along x."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    initial,
    space,
    time,
    unknown,
    vector,
)


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u = unknown("u", t, x, y)
    flux = vector(u.diff(x) / (500 * sp.pi) ** 2, u.diff(y) / sp.pi**2)
    return Problem(
        domain=Box(t=(0, 5), x=(0, 1), y=(0, 1)),
        equations=[Eq(u.diff(t), div(flux))],
        conditions=[
            initial(u, sp.sin(20 * sp.pi * x) * sp.sin(sp.pi * y)),
            dirichlet(u, 0),
        ],
        name="pinnacle_heat_2d_ms",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return sin(20πx) sin(πy) exp(-1.0016 t) at points (n, 3) of columns t, x, y, as (n, 1)."""
    t, x, y = np.asarray(points, float).T
    value: np.ndarray = np.sin(20 * np.pi * x) * np.sin(np.pi * y) * np.exp(-1.0016 * t)
    return value[:, None]


heat_2d_ms = Case(
    name="pinnacle_heat_2d_ms",
    title="heat equation with diffusivities 250000 apart along x and y",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-14 for the rounding of the phase",
    floor=1e-14,
    points=(11, 101, 41),
    source=PINNACLE,
    group=GROUP,
)
