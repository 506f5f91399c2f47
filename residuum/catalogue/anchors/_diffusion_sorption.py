"""Diffusion of a pollutant that the soil holds back, the more the thinner it is."""

from __future__ import annotations

import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    parameter,
    robin,
    space,
    time,
    unknown,
)

SPREAD, POROSITY, DENSITY, SORPTION, EXPONENT = 5e-4, 0.29, 2880.0, 3.5e-4, 0.874
END, START = 500.0, sp.Rational(1, 10)


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, spread = unknown("u", t, x), parameter("D", SPREAD)
    hold = parameter("hold", (1 - POROSITY) / POROSITY * DENSITY * SORPTION * EXPONENT)
    exponent = sp.Rational(EXPONENT - 1).limit_denominator(1000)
    return Problem(
        domain=Box(t=(0, END), x=(0, 1)),
        equations=[Eq((1 + hold * u**exponent) * u.diff(t), div(spread * grad(u)))],
        conditions=[
            initial(u, START),
            dirichlet(u, 1, on="x_min", jump=True),
            robin(u, 0, a=1, b=spread, on="x_max"),
        ],
        name="diffusion_sorption",
    )


diffusion_sorption = Case(
    name="diffusion_sorption",
    title="diffusion with sorption: a pollutant held back in soil",
    build=_statement,
    reference=None,
    trust=JUDGED_BY_REFINEMENT,
    floor=0,
    points=(101, 128),
    source=Source(
        id="pdebench",
        title="PDEBench: An Extensive Benchmark for Scientific Machine Learning",
        authors="M. Takamoto, T. Praditia, R. Leiteritz, D. MacKinlay, F. Alesiani, D. Pflüger, "
        "M. Niepert",
        year=2022,
        identifier="arXiv:2210.07182",
    ),
    group="anchors",
    notes="Published starts are constants drawn from (0, 0.2): 0.1 here. Papers print u = D u_x at "
    "x = 1, which pours in without bound; the published program takes u = -D u_x, stated here. It "
    "also adds 1e-6 to u under the power and puts its boundary values half a cell out.",
)
