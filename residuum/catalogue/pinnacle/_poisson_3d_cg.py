"""A reaction of two strengths in a cube with four spherical holes, insulated all round."""

from __future__ import annotations

import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Ball, Box, Shape
from residuum.problem import Eq, Problem, div, grad, neumann, space, unknown

BALLS = (
    ((0.4, 0.3, 0.6), 0.2),
    ((0.6, 0.7, 0.6), 0.2),
    ((0.2, 0.8, 0.7), 0.1),
    ((0.6, 0.2, 0.3), 0.1),
)


def _statement() -> Problem:
    x, y, z = space("x", "y", "z")
    u = unknown("u", x, y, z)
    domain: Shape = Box(x=(0, 1), y=(0, 1), z=(0, 1))
    for centre, radius in BALLS:
        domain = domain - Ball(centre, radius, name="hole")
    square = x**2 + y**2 + z**2
    waves = [sp.sin(m * sp.pi * c) for m, c in zip((1, 10, 5), (x, y, z), strict=True)]
    source = 20 * sp.exp(sp.Add(*waves)) * (square - 1) / (square + 1) + 100 * sp.Mul(*waves)
    reaction = sp.Piecewise((64, z < sp.Rational(1, 2)), (100, True))
    return Problem(
        domain=domain,
        equations=[Eq(-div(grad(u)) + reaction * u, source)],
        conditions=[neumann(u, 0)],
        name="pinnacle_poisson_3d_cg",
    )


poisson_3d_cg = Case(
    name="pinnacle_poisson_3d_cg",
    title="reaction and diffusion in an insulated cube with four spherical holes",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(4000,),
    source=PINNACLE,
    group=GROUP,
    notes="The diffusion is 1 on both sides of the plane z = 1/2, so only the reaction jumps there "
    "(8² below, 10² above).",
)
