"""Viscous Burgers equation on a circle from a random start."""

from __future__ import annotations

from residuum.catalogue.families._named import NamedFamily
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Family,
    GaussianField,
    Problem,
    coefficient,
    div,
    grad,
    initial,
    periodic,
    space,
    time,
    unknown,
)
from residuum.problem._random_field import FNO

NU, SIGMA = 0.01, 25.0


def _family() -> Family:
    t, x = time("t"), space("x")
    u, u0 = unknown("u", t, x), coefficient("u0", x)
    problem = Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(u.diff(t) + div(u**2 / 2), div(NU * grad(u)))],
        conditions=[initial(u, u0), periodic(u, "x")],
        given={u0: 0},
        name="burgers_random",
    )
    return Family(problem, u0=GaussianField(alpha=2, tau=5, sigma=SIGMA, constant=True))


burgers = NamedFamily(
    name="burgers",
    title="viscous Burgers equation on a circle (nu = 0.01) from a random start",
    build=_family,
    shape=(128,),
    times=10,
    source=FNO,
    notes="Published: covariance 625 (-Lap + 25)^-2, with nu from 0.1 down to 0.001.",
)
