"""The lid-driven cavity at Reynolds number 100, with a lid that is slow at its ends."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._flow import momentum, wall
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Problem, dirichlet, parameter, point_value, space, unknown


def _statement() -> Problem:
    x, y = space("x", "y")
    flow, nu = unknown("u", "v", "p", x, y), parameter("nu", 0.01)
    u, v, p = flow
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=momentum(flow, nu),
        conditions=[
            dirichlet(u, 4 * x * (1 - x), on="y_max"),
            dirichlet(v, 0, on="y_max"),
            *wall(flow, "x_min", "x_max", "y_min"),
            point_value(p, 0, at={"x": 0, "y": 0}),
        ],
        name="pinnacle_ns_2d_c",
    )


ns_2d_c = Case(
    name="pinnacle_ns_2d_c",
    title="steady Navier-Stokes flow in a cavity under a lid of speed 4x(1 - x) (nu = 0.01)",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(51, 51),
    source=PINNACLE,
    group=GROUP,
)
