"""Kuramoto-Sivashinsky in its chaotic regime, in two published scalings."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import JAXPI
from residuum.catalogue.anchors._torus import Fields, History, Torus, march
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, periodic, space, time, unknown

LONG = 100.0
"""End of the long interval's time; 1 in the scaled case, and one unit of it is worth 100."""


def _scaled() -> Problem:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    a, b, c = (sp.Rational(100, 16**k) for k in (1, 2, 4))
    flux = a * u**2 / 2 + b * u.diff(x) + c * u.diff(x, 3)
    return Problem(
        domain=Box(t=(0, 1), x=(0, 2 * np.pi)),
        equations=[Eq(u.diff(t) + div(flux), 0)],
        conditions=[initial(u, sp.cos(x) * (1 + sp.sin(x))), periodic(u, "x")],
        name="kuramoto_sivashinsky_chaotic",
    )


def _long() -> Problem:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    start = sp.cos(x / 16) * (1 + sp.sin(x / 16))
    return Problem(
        domain=Box(t=(0, LONG), x=(0, 32 * np.pi)),
        equations=[Eq(u.diff(t) + div(u**2 / 2 + u.diff(x) + u.diff(x, 3)), 0)],
        conditions=[initial(u, start), periodic(u, "x")],
        name="kuramoto_sivashinsky_long",
    )


def history(count: int = 384, steps: int = 20000) -> History:
    """Return the evolution of the scaled case on ``count`` points with ``steps`` steps."""
    torus = Torus((0.0,), (2 * np.pi,), count)
    (x,), (k,) = torus.grid, torus.waves
    a, b, c = (100 / 16**j for j in (1, 2, 4))

    def steepen(modes: Fields) -> Fields:
        rates: Fields = -0.5j * a * k * np.fft.fft(torus.values(modes).real ** 2)
        return rates

    linear = (b * k**2 - c * k**4)[None]
    start = np.cos(x) * (1 + np.sin(x))
    return march(torus, start[None], linear, steepen, end=1.0, steps=steps, kept=500)


_history = lru_cache(maxsize=1)(history)


def _reference(points: np.ndarray, time_scale: float, length_scale: float) -> np.ndarray:
    """Return u at points (n, 2) of columns t and x within the domain, as (n, 1)."""
    scaled = np.asarray(points, float) / (time_scale, length_scale)
    # The last time may round to just beyond the end.
    scaled[:, 0] = np.where(np.abs(scaled[:, 0] - 1) < 1e-14, 1.0, scaled[:, 0])
    return _history()(scaled).real


TRUST = (
    "5e-7 relative L2: ETDRK4 with 255 kept modes and 20000 steps, changed by 4e-7 at the end when "
    "the steps are halved"
)
kuramoto_sivashinsky_chaotic = Case(
    name="kuramoto_sivashinsky_chaotic",
    title="Kuramoto-Sivashinsky equation, chaotic case on [0, 2π] up to t = 1",
    build=_scaled,
    reference=partial(_reference, time_scale=1.0, length_scale=1.0),
    trust=TRUST,
    floor=5e-7,
    points=(101, 256),
    source=JAXPI,
    group="anchors",
    notes="Networks elsewhere start this equation from a state taken from a data file and run to "
    "t = 0.5; that state has no formula, and the case here is the one from the smooth start.",
)
kuramoto_sivashinsky_long = Case(
    name="kuramoto_sivashinsky_long",
    title="Kuramoto-Sivashinsky equation on [0, 32π] up to t = 100: chaos in natural units",
    build=_long,
    reference=partial(_reference, time_scale=LONG, length_scale=16.0),
    trust=TRUST,
    floor=5e-7,
    points=(101, 256),
    source=Source(
        id="etdrk4",
        title="Fourth-Order Time-Stepping for Stiff PDEs",
        authors="A.-K. Kassam, L. N. Trefethen",
        year=2005,
        identifier="doi:10.1137/S1064827502410633",
    ),
    group="anchors",
    notes="Published up to t = 150; the errors of any solver grow by some tens over the last 50.",
)
