"""A plate with seventeen round holes of three temperatures, exchanging heat everywhere."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box, Disc, Shape
from residuum.problem import Eq, Problem, div, grad, initial, robin, space, time, unknown

LARGE = (
    *((-4.0, -9.0), (4.0, -9.0), (-4.0, -3.0), (4.0, -3.0)),
    *((-4.0, 3.0), (4.0, 3.0), (-4.0, 9.0), (4.0, 9.0)),
    *((0.0, -6.0), (0.0, 0.0), (0.0, 6.0)),
)
SMALL = ((-3.2, -6.0), (-3.2, 0.0), (-3.2, 6.0), (3.2, -6.0), (3.2, 0.0), (3.2, 6.0))


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u = unknown("u", t, x, y)
    plate = Box(x=(-8, 8), y=(-12, 12))
    domain: Shape = plate
    for centre in LARGE:
        domain = domain - Disc(centre, 1.0, name="large")
    for centre in SMALL:
        domain = domain - Disc(centre, 0.4, name="small")
    return Problem(
        domain=domain.over(t=(0, 3)),
        equations=[Eq(u.diff(t), div(grad(u)))],
        conditions=[
            initial(u, 0),
            robin(u, 5, on="large"),
            robin(u, 1, on="small"),
            *(robin(u, 0.1, on=side) for side in plate.parts),
        ],
        name="pinnacle_heat_2d_cg",
    )


heat_2d_cg = Case(
    name="pinnacle_heat_2d_cg",
    title="heat equation on a plate with seventeen holes, exchange on every boundary",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(4000,),
    source=PINNACLE,
    group=GROUP,
    notes="∂u/∂n = g - u with n out of the plate: g is 5 at the large holes, 1 at the small ones, "
    "0.1 at the sides. The benchmark's code itself doubts the sign; this one is stable and agrees "
    "with heat flowing from the warmer side.",
)
