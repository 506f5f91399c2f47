"""Sod's shock tube: a rarefaction, a contact and a shock in an ideal gas."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue._riemann import GasRiemann
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, parameter, space, time, unknown

GAMMA, END = 1.4, 0.4
LEFT, RIGHT = (1.0, 0.0, 1.0), (0.125, 0.0, 0.1)
"""Density, velocity and pressure on both sides."""


def _statement() -> Problem:
    t, x = time("t"), space("x")
    rho, m, E = unknown("rho", "m", "energy", t, x)
    gamma = parameter("gamma", GAMMA)
    pressure = (gamma - 1) * (E - m**2 / rho / 2)

    def sides(left: float, right: float) -> sp.Expr:
        return sp.Piecewise((sp.nsimplify(left), x < 0), (sp.nsimplify(right), True))

    energies = [p / (GAMMA - 1) for _, _, p in (LEFT, RIGHT)]
    return Problem(
        domain=Box(t=(0, END), x=(-1, 1)),
        equations=[
            Eq(rho.diff(t) + div(m), 0),
            Eq(m.diff(t) + div(m**2 / rho + pressure), 0),
            Eq(E.diff(t) + div((E + pressure) * m / rho), 0),
        ],
        conditions=[
            initial(rho, sides(LEFT[0], RIGHT[0]), jump=True),
            initial(m, 0),
            initial(E, sides(*(float(f"{item:.12g}") for item in energies)), jump=True),
        ],
        name="sod",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return density, momentum and energy at points (n, 2) of columns t and x, as (n, 3)."""
    rho, u, p = GasRiemann(LEFT, RIGHT, GAMMA).at(points).T
    return np.stack([rho, rho * u, p / (GAMMA - 1) + rho * u**2 / 2], axis=1)


sod = Case(
    name="sod",
    title="Sod's shock tube for the Euler equations (gamma = 1.4)",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-14 for the root of the middle pressure",
    floor=1e-14,
    points=(11, 1001),
    source=Source(
        id="sod",
        title="A survey of several finite difference methods for systems of nonlinear hyperbolic "
        "conservation laws",
        authors="G. A. Sod",
        year=1978,
        identifier="doi:10.1016/0021-9991(78)90023-2",
    ),
    group="anchors",
    notes="On [-1, 1] up to t = 0.4, which is the tube of length one up to t = 0.2 twice as "
    "large. No wave reaches the ends, which are left open.",
)
