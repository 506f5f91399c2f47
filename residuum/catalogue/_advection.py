"""Fast advection of a sine wave: nearly five turns around a periodic interval."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, parameter, periodic, space, time, unknown

SPEED = 30.0


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, c = unknown("u", t, x), parameter("c", SPEED)
    return Problem(
        domain=Box(t=(0, 1), x=(0, 2 * np.pi)),
        equations=[Eq(u.diff(t) + div(c * u), 0)],
        conditions=[initial(u, sp.sin(x)), periodic(u, "x")],
        name="advection",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u = sin(x - ct) at points (n, 2) of columns t and x, as (n, 1)."""
    t, x = np.asarray(points, float).T
    value: np.ndarray = np.sin(x - SPEED * t)[:, None]
    return value


advection = Case(
    name="advection",
    title="advection of a sine wave at speed 30 on a periodic interval",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-14 for the rounding of x - 30 t",
    floor=1e-14,
    points=(101, 128),
    source=Source(
        id="pinn-failure-modes",
        title="Characterizing possible failure modes in physics-informed neural networks",
        authors="A. S. Krishnapriyan, A. Gholami, S. Zhe, R. M. Kirby, M. W. Mahoney",
        year=2021,
        identifier="arXiv:2109.01050",
    ),
)
