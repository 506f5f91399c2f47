"""Forced flow on the torus from random vorticity."""

from __future__ import annotations

import sympy as sp

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
    integral,
    laplacian,
    periodic,
    space,
    time,
    unknown,
    vector,
)
from residuum.problem._random_field import FNO

NU, END = 1e-3, 10


def _family() -> Family:
    t = time("t")
    x, y = space("x", "y")
    w, psi = unknown("w", "psi", t, x, y)
    w0 = coefficient("w0", x, y)
    phase = 2 * sp.pi * (x + y)
    force = sp.sin(phase) / 10 + sp.cos(phase) / 10
    velocity = vector(psi.diff(y) * w, -psi.diff(x) * w)
    problem = Problem(
        domain=Box(t=(0, END), x=(0, 1), y=(0, 1)),
        equations=[
            Eq(w.diff(t) + div(velocity), div(NU * grad(w)) + force),
            Eq(-laplacian(psi), w),
        ],
        conditions=[
            initial(w, w0),
            *(periodic(f, axis) for f in (w, psi) for axis in ("x", "y")),
            integral(psi),
        ],
        given={w0: 0},
        name="navier_stokes",
    )
    return Family(problem, w0=GaussianField(alpha=2.5, tau=7))


navier_stokes = NamedFamily(
    name="navier_stokes",
    title="vorticity of a forced flow on the torus (nu = 1e-3) from a random start",
    build=_family,
    shape=(64, 64),
    times=10,
    source=FNO,
    notes="Published sets go on to t = 50; `Family(problem.replace(domain=…), …)` does, too. The "
    "factor of the field is tau^(alpha - 1) as in the published programs; the paper prints "
    "another.",
)
