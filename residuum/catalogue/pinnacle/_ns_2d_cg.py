"""Flow over a backward-facing step: a channel that suddenly doubles its height."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._flow import momentum, outlet, wall
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Polygon
from residuum.problem import Problem, dirichlet, parameter, space, unknown

CORNERS = ((0, 0), (4, 0), (4, 2), (2, 2), (2, 1), (0, 1))
INLET, OUTLET, WALLS = "edge_5", "edge_1", ("edge_0", "edge_2", "edge_3", "edge_4")


def _statement() -> Problem:
    x, y = space("x", "y")
    flow, nu = unknown("u", "v", "p", x, y), parameter("nu", 0.01)
    u, v, _ = flow
    return Problem(
        domain=Polygon(CORNERS),
        equations=momentum(flow, nu),
        conditions=[
            dirichlet(u, 4 * y * (1 - y), on=INLET),
            dirichlet(v, 0, on=INLET),
            *wall(flow, *WALLS),
            *outlet(flow, nu, OUTLET),
        ],
        name="pinnacle_ns_2d_cg",
    )


ns_2d_cg = Case(
    name="pinnacle_ns_2d_cg",
    title="steady Navier-Stokes flow in a channel that doubles its height (nu = 0.01)",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(4000,),
    source=PINNACLE,
    group=GROUP,
    notes="The benchmark asks for p = 0 at the outlet and nothing else, which leaves the "
    "velocities there open; here the outlet exerts no force, nu ∂u/∂n = p n, which keeps p near "
    "zero there. The obstacles in some of its pictures are not part of the default case.",
)
