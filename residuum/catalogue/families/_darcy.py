"""Steady flow through a square of random conductivity: the statement that two families share."""

from __future__ import annotations

import math

from residuum.geometry import Box
from residuum.problem import (
    Distribution,
    Eq,
    Family,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    space,
    unknown,
)


def darcy(conductivity: Distribution, name: str) -> Family:
    """Return -div(a grad u) = 1 on the unit square, u = 0 around it, for a random a.

    u cannot be negative, by the maximum principle.
    """
    x, y = space("x", "y")
    u, a = unknown("u", x, y), coefficient("a", x, y)
    problem = Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=[Eq(-div(a * grad(u)), 1)],
        conditions=[dirichlet(u, 0)],
        given={a: 1},
        name=name,
    )
    return Family(problem, bounds={"u": (0.0, math.inf)}, a=conductivity)
