"""Flow through a channel that doubles its width in a step."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._flow import momentum, no_slip, open_end
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT, PINNACLE
from residuum.geometry import Polygon
from residuum.problem import Problem, dirichlet, parameter, space, unknown

NU = 0.01
CORNERS = ((0, 0), (4, 0), (4, 2), (2, 2), (2, 1), (0, 1))
OUTLET, INLET = "edge_1", "edge_5"


def _statement() -> Problem:
    x, y = space("x", "y")
    u, v, p = unknown("u", "v", "p", x, y)
    nu = parameter("nu", NU)
    walls = [f"edge_{k}" for k in (0, 2, 3, 4)]
    return Problem(
        domain=Polygon(CORNERS),
        equations=momentum((u, v), p, nu),
        conditions=[
            dirichlet(u, 4 * y * (1 - y), on=INLET),
            dirichlet(v, 0, on=INLET),
            *no_slip((u, v), *walls),
            *open_end((u, v), p, nu, on=OUTLET),
        ],
        name="channel_expansion",
    )


channel_expansion = Case(
    name="channel_expansion",
    title="flow through a channel that doubles its width, inflow 4y(1 - y), viscosity 0.01",
    build=_statement,
    reference=None,
    trust=JUDGED_BY_REFINEMENT,
    floor=0,
    points=(4000,),
    source=PINNACLE,
    group="anchors",
    notes="As published, only the pressure is given at the outlet: the velocity is left free "
    "there, which elements read as no viscous stress (u_x = v_x = 0).",
)
