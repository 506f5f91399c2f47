"""Gray-Scott reaction and diffusion: two substances, spots that split."""

from __future__ import annotations

import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, grad, initial, periodic, space, time, unknown

FEED, DECAY = sp.Rational(1, 25), sp.Rational(1, 10)
DIFFUSION = (sp.Rational(1, 100000), sp.Rational(1, 200000))


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u, v = unknown("u", "v", t, x, y)
    reaction = u * v**2
    shift = sp.Rational(1, 20), sp.Rational(1, 50)
    below = sp.exp(-80 * ((x + shift[0]) ** 2 + (y + shift[1]) ** 2))
    above = sp.exp(-80 * ((x - shift[0]) ** 2 + (y - shift[1]) ** 2))
    return Problem(
        domain=Box(t=(0, 200), x=(-1, 1), y=(-1, 1)),
        equations=[
            Eq(u.diff(t), div(DIFFUSION[0] * grad(u)) + FEED * (1 - u) - reaction),
            Eq(v.diff(t), div(DIFFUSION[1] * grad(v)) - DECAY * v + reaction),
        ],
        conditions=[
            initial(u, 1 - below),
            initial(v, above),
            *(periodic(c, axis) for c in (u, v) for axis in ("x", "y")),
        ],
        name="pinnacle_gray_scott",
    )


gray_scott = Case(
    name="pinnacle_gray_scott",
    title="Gray-Scott reaction and diffusion up to time 200",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(21, 65, 65),
    source=PINNACLE,
    group=GROUP,
    notes="The benchmark's code states no boundary condition at all; periodic here, which differs "
    "from any other only near the boundary while the pattern stays away from it.",
)
