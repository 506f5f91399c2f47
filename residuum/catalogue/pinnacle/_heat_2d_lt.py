"""Heat over a long time, with a nonlinear source that keeps changing sign."""

from __future__ import annotations

import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
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


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u, diffusivity = unknown("u", t, x, y), parameter("D", 0.001)
    place = sp.sin(4 * sp.pi * x) * sp.sin(2 * sp.pi * y)
    source = 5 * sp.sin(u**2) * (1 + 2 * sp.sin(sp.pi * t / 4)) * place
    return Problem(
        domain=Box(t=(0, 100), x=(0, 1), y=(0, 1)),
        equations=[Eq(u.diff(t), div(diffusivity * grad(u)) + source)],
        conditions=[
            initial(u, sp.sin(4 * sp.pi * x) * sp.sin(3 * sp.pi * y)),
            dirichlet(u, 0),
        ],
        name="pinnacle_heat_2d_lt",
    )


heat_2d_lt = Case(
    name="pinnacle_heat_2d_lt",
    title="heat equation with a swinging nonlinear source up to time 100",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(26, 51, 51),
    source=PINNACLE,
    group=GROUP,
)
