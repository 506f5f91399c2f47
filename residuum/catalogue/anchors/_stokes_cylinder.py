"""Creeping flow through a channel around a cylinder."""

from __future__ import annotations

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._flow import momentum, no_slip, open_end
from residuum.catalogue.anchors._papers import JAXPI, JUDGED_BY_REFINEMENT
from residuum.geometry import Box, Disc
from residuum.problem import Problem, dirichlet, parameter, space, unknown

LENGTH, WIDTH, RADIUS, CENTRE, SPEED, NU = 2.2, 0.41, 0.05, (0.2, 0.2), 0.3, 1e-3


def _statement() -> Problem:
    x, y = space("x", "y")
    u, v, p = unknown("u", "v", "p", x, y)
    nu = parameter("nu", NU)
    channel = Box(x=(0, LENGTH), y=(0, WIDTH))
    return Problem(
        domain=channel - Disc(CENTRE, RADIUS, name="cylinder"),
        equations=momentum((u, v), p, nu, inertia=False),
        conditions=[
            dirichlet(u, 4 * SPEED / WIDTH**2 * y * (WIDTH - y), on="x_min"),
            dirichlet(v, 0, on="x_min"),
            *no_slip((u, v), "y_min", "y_max", "cylinder"),
            *open_end((u, v), p, nu, on="x_max"),
        ],
        name="stokes_cylinder",
    )


stokes_cylinder = Case(
    name="stokes_cylinder",
    title="Stokes flow through a channel around a cylinder",
    build=_statement,
    reference=None,
    trust=JUDGED_BY_REFINEMENT,
    floor=0,
    points=(4000,),
    source=JAXPI,
    group="anchors",
    notes="The published text leaves the viscosity to its data file; it is 0.001 here, as in the "
    "channel benchmark of this geometry, and scales the pressure alone.",
)
