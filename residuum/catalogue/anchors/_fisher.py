"""Fisher-KPP: a front that travels at a known speed."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad, initial, space, time, unknown

LOW, HIGH, END = -10.0, 25.0, 5.0


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    front = (1 + sp.exp((x - 5 * t / sp.sqrt(6)) / sp.sqrt(6))) ** -2
    return Problem(
        domain=Box(t=(0, END), x=(LOW, HIGH)),
        equations=[Eq(u.diff(t), div(grad(u)) + u * (1 - u))],
        conditions=[
            initial(u, front.subs(t, 0)),
            dirichlet(u, front.subs(x, int(LOW)), on="x_min"),
            dirichlet(u, front.subs(x, int(HIGH)), on="x_max"),
        ],
        name="fisher",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u at points (n, 2) of columns t and x, as (n, 1)."""
    t, x = np.asarray(points, float).T
    value: np.ndarray = (1 + np.exp((x - 5 * t / np.sqrt(6)) / np.sqrt(6))) ** -2
    return value[:, None]


fisher = Case(
    name="fisher",
    title="Fisher-KPP equation: a front that travels at speed 5/sqrt(6)",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-14 for rounding",
    floor=1e-14,
    points=(51, 351),
    source=Source(
        id="fisher-front",
        title="Explicit solutions of Fisher's equation for a special wave speed",
        authors="M. J. Ablowitz, A. Zeppetella",
        year=1979,
        identifier="doi:10.1007/BF02462380",
    ),
    group="anchors",
)
