"""Black-Scholes: the price of a call, whose start has a kink at the strike."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    div,
    grad,
    initial,
    parameter,
    space,
    time,
    unknown,
)

STRIKE, RATE, VOLATILITY, TOP = 100.0, 0.05, 0.2, 400.0


def _statement() -> Problem:
    t, s = time("t"), space("s")
    v = unknown("v", t, s)
    rate, volatility = parameter("rate", RATE), parameter("volatility", VOLATILITY)
    half = volatility**2 / 2
    drift = (rate - volatility**2) * s * v.diff(s)
    return Problem(
        domain=Box(t=(0, 1), s=(0, TOP)),
        equations=[Eq(v.diff(t), div(half * s**2 * grad(v)) + drift - rate * v)],
        conditions=[
            initial(v, sp.Max(s - int(STRIKE), 0)),
            dirichlet(v, 0, on="s_min"),
            dirichlet(v, int(TOP) - int(STRIKE) * sp.exp(-rate * t), on="s_max"),
        ],
        name="black_scholes",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return the price at points (n, 2) of columns t (time left) and s, as (n, 1)."""
    from scipy.special import ndtr  # it takes a while to import

    t, s = np.asarray(points, float).T
    with np.errstate(divide="ignore", invalid="ignore"):
        width = VOLATILITY * np.sqrt(t)
        far = (np.log(s / STRIKE) + (RATE + VOLATILITY**2 / 2) * t) / width
        price = s * ndtr(far) - STRIKE * np.exp(-RATE * t) * ndtr(far - width)
    return np.where(t > 0, price, np.maximum(s - STRIKE, 0))[:, None]


black_scholes = Case(
    name="black_scholes",
    title="Black-Scholes equation for a European call",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-13 for rounding and the cut at s = 400, where it is off by at most 2e-12 of "
    "300",
    floor=1e-13,
    points=(51, 401),
    source=Source(
        id="black-scholes",
        title="The Pricing of Options and Corporate Liabilities",
        authors="F. Black, M. Scholes",
        year=1973,
        identifier="doi:10.1086/260062",
    ),
    group="anchors",
    notes="Time runs backwards from expiry. The price far above the strike is its limit.",
)
