"""A wave through a random medium of two speeds, between reflecting walls."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._random_field import gaussian_field, linear
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    div,
    grad,
    initial,
    initial_rate,
    neumann,
    space,
    time,
    unknown,
)

SIZE, DECAY, SEED = 256, 4.0, 2310
SLOW, FAST = 1.0, 12.0


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u, c = unknown("u", t, x, y), coefficient("c", x, y)
    bump = sp.exp(-((x + sp.Rational(1, 2)) ** 2 + y**2) / (2 * sp.Rational(3, 10) ** 2))
    medium = np.where(gaussian_field(SIZE, DECAY, key=SEED) > 0, FAST, SLOW)
    return Problem(
        domain=Box(t=(0, 5), x=(-1, 1), y=(-1, 1)),
        equations=[Eq(u.diff(t, 2) / c, div(grad(u)))],
        conditions=[initial(u, bump), initial_rate(u, 0), neumann(u, 0)],
        given={c: linear(medium, -1.0, 1.0)},
        name="pinnacle_wave_2d_cg",
    )


wave_2d_cg = Case(
    name="pinnacle_wave_2d_cg",
    title="wave equation in a random medium of two speeds (squares 1 and 12)",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(26, 51, 51),
    source=PINNACLE,
    group=GROUP,
    notes="The published medium is a data file made by a published recipe without a seed (1 or 12 "
    "by the sign of a Gaussian field with spectrum |k|^-2 on 256² nodes, interpolated linearly); "
    "the same recipe is drawn here with a seed of its own. The benchmark interpolates on "
    "triangles, here it is linear in each coordinate. Despite its name the case has no holes: the "
    "benchmark's code leaves them out.",
)
