"""A cavity whose lid moves fastest in the middle, so that its corners are at rest."""

from __future__ import annotations

from functools import partial

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._flow import momentum, no_slip
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT, PINNACLE
from residuum.geometry import Box
from residuum.problem import Problem, dirichlet, parameter, point_value, space, unknown

NU = 0.01


def statement(strength: float, name: str = "cavity_parabolic_lid") -> Problem:
    """Return the cavity under a lid of speed ``strength``·x(1 - x): a quarter of it at most."""
    x, y = space("x", "y")
    u, v, p = unknown("u", "v", "p", x, y)
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=momentum((u, v), p, parameter("nu", NU)),
        conditions=[
            dirichlet(u, strength * x * (1 - x), on="y_max"),
            dirichlet(v, 0, on="y_max"),
            *no_slip((u, v), "x_min", "x_max", "y_min"),
            point_value(p, 0, at={"x": 0, "y": 0}),
        ],
        name=name,
    )


def _case(strength: int) -> Case:
    return Case(
        name=f"cavity_parabolic_lid_{strength}",
        title=f"cavity under a lid of speed {strength}x(1 - x), viscosity 0.01",
        build=partial(statement, strength, f"cavity_parabolic_lid_{strength}"),
        reference=None,
        trust=JUDGED_BY_REFINEMENT,
        floor=0,
        points=(65, 65),
        source=PINNACLE,
        group="anchors",
        notes=f"Reynolds number {25 * strength} by the lid's peak speed; PINNacle calls 4x(1 - x) "
        "Reynolds number 100.",
    )


PARABOLIC_LIDS = tuple(_case(strength) for strength in (2, 4))
