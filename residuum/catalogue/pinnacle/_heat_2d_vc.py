"""Heat in a random medium, driven by a source that swings in time."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._random_field import gaussian_field, nearest
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    space,
    time,
    unknown,
)

SIZE, DECAY, SEED = 256, 4.0, 2309


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u, a = unknown("u", t, x, y), coefficient("a", x, y)
    source = 200 * sp.sin(sp.pi * x) * sp.sin(5 * sp.pi * y) * sp.sin(sp.pi * t)
    medium = np.exp(gaussian_field(SIZE, DECAY, key=SEED))
    return Problem(
        domain=Box(t=(0, 5), x=(0, 1), y=(0, 1)),
        equations=[Eq(u.diff(t), div(a * grad(u)) + source)],
        conditions=[initial(u, 0), dirichlet(u, 0)],
        given={a: nearest(medium, 0.0, 1.0)},
        name="pinnacle_heat_2d_vc",
    )


heat_2d_vc = Case(
    name="pinnacle_heat_2d_vc",
    title="heat equation with a random log-normal conductivity and a swinging source",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(21, 51, 51),
    source=PINNACLE,
    group=GROUP,
    notes="The published conductivity is a data file made by a published recipe without a seed "
    "(exponential of a Gaussian field with spectrum |k|^-2 on 256² nodes, read at the nearest "
    "node); the same recipe is drawn here with a seed of its own. The benchmark's residual is a "
    "times the Laplacian of u; here it is div(a grad u), the conservation of heat.",
)
