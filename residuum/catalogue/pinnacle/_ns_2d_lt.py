"""A channel whose inflow swings with three frequencies, over five time units."""

from __future__ import annotations

import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._flow import momentum, outlet, wall
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Problem, dirichlet, initial, parameter, space, time, unknown


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    flow, nu = unknown("u", "v", "p", t, x, y), parameter("nu", 0.01)
    u, v, _ = flow
    swing = sp.Add(*(sp.sin(k * sp.pi * t) for k in (1, 3, 5)))
    push = -sp.sin(sp.pi * x) * sp.sin(sp.pi * y) * sp.sin(sp.pi * t)
    return Problem(
        domain=Box(t=(0, 5), x=(0, 2), y=(0, 1)),
        equations=momentum(flow, nu, (0, push)),
        conditions=[
            dirichlet(u, sp.sin(sp.pi * y) * swing, on="x_min"),
            dirichlet(v, 0, on="x_min"),
            *wall(flow, "y_min", "y_max"),
            *outlet(flow, nu, "x_max"),
            initial(u, 0),
            initial(v, 0),
        ],
        name="pinnacle_ns_2d_lt",
    )


ns_2d_lt = Case(
    name="pinnacle_ns_2d_lt",
    title="Navier-Stokes flow in a channel with a swinging inflow (nu = 0.01) up to time 5",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(26, 41, 21),
    source=PINNACLE,
    group=GROUP,
    notes="The force acts along y alone, as in the later version of the benchmark's code; an "
    "earlier one had it along x as well. The benchmark asks for p = 0 at the outlet and nothing "
    "else; here the outlet exerts no force, nu ∂u/∂n = p n. It also sets p = 0 at the start, where "
    "the flow, already accelerating, fixes the pressure by itself: left out here. While the inflow "
    "is reversed, fluid enters through the outlet.",
)
