"""Heat in the unit ball of five dimensions, with a given flux through its surface."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Ball
from residuum.problem import Eq, Problem, div, grad, initial, neumann, space, time, unknown

DIMENSION = 5


def _statement() -> Problem:
    t, axes = time("t"), space(*(f"x{i}" for i in range(1, DIMENSION + 1)))
    u = unknown("u", t, *axes)
    square = sp.Add(*(x**2 for x in axes))
    growing = sp.exp(square / 2 + t)
    ball = Ball((0.0,) * DIMENSION, 1.0, axes=tuple(x.name for x in axes))
    return Problem(
        domain=ball.over(t=(0, 1)),
        equations=[Eq(u.diff(t), div(grad(u) / DIMENSION) - square * growing / DIMENSION)],
        conditions=[initial(u, sp.exp(square / 2)), neumann(u, growing)],
        name="pinnacle_heat_5d",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return exp(|x|²/2 + t) at points (n, 6) of columns t, x1 … x5, as (n, 1)."""
    points = np.asarray(points, float)
    value: np.ndarray = np.exp((points[:, 1:] ** 2).sum(axis=1) / 2 + points[:, 0])[:, None]
    return value


heat_5d = Case(
    name="pinnacle_heat_5d",
    title="heat equation in the unit ball of five dimensions with a given flux",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(4000,),
    source=PINNACLE,
    group=GROUP,
)
