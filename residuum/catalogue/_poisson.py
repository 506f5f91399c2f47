"""Poisson on the unit square: a bump plus a smooth part with values on the boundary."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad, space, unknown


def _statement() -> Problem:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    bump = sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
    ramp = sp.exp(x * y) / 2
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=[Eq(-div(grad(u)), 2 * sp.pi**2 * bump - (x**2 + y**2) * ramp)],
        conditions=[dirichlet(u, ramp)],
        name="poisson",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u = sin(πx) sin(πy) + exp(xy)/2 at points (n, 2) of columns x and y, as (n, 1)."""
    x, y = np.asarray(points, float).T
    value: np.ndarray = (np.sin(np.pi * x) * np.sin(np.pi * y) + np.exp(x * y) / 2)[:, None]
    return value


poisson = Case(
    name="poisson",
    title="Poisson equation on the unit square with boundary values exp(xy)/2",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(101, 101),
)
