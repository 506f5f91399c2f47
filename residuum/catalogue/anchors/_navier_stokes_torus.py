"""Decaying flow on the torus: vorticity and stream function."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import JAXPI
from residuum.catalogue.anchors._torus import Fields, History, Torus, march
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    grad,
    initial,
    integral,
    laplacian,
    parameter,
    periodic,
    space,
    time,
    unknown,
    vector,
)

NU = 0.01
END = 1.0
SEED, LARGEST = 2308, 4


def terms() -> list[tuple[int, int, int, int]]:
    """Return (k, l, thousandths of cos, thousandths of sin) of the seeded initial vorticity.

    Every wave vector with |k|, |l| up to 4, each pair ±(k, l) once, with normal amplitudes
    divided by its length.
    """
    random = np.random.default_rng(SEED)
    found = []
    for k in range(LARGEST + 1):
        for m in range(-LARGEST if k else 1, LARGEST + 1):
            a, b = np.rint(500 * random.standard_normal(2) / np.hypot(k, m)).astype(int)
            found.append((k, m, int(a), int(b)))
    return found


def _flow(start: sp.Expr, name: str, nu: float) -> Problem:
    t = time("t")
    x, y = space("x", "y")
    w, psi = unknown("w", "psi", t, x, y)
    velocity = vector(psi.diff(y) * w, -psi.diff(x) * w)
    return Problem(
        domain=Box(t=(0, END), x=(0, 2 * np.pi), y=(0, 2 * np.pi)),
        equations=[
            Eq(w.diff(t) + div(velocity), div(parameter("nu", nu) * grad(w))),
            Eq(-laplacian(psi), w),
        ],
        conditions=[
            initial(w, start),
            *(periodic(f, axis) for f in (w, psi) for axis in ("x", "y")),
            integral(psi),
        ],
        name=name,
    )


def _decaying() -> Problem:
    x, y = space("x", "y")
    start = sp.Add(
        *(
            sp.Rational(a, 1000) * sp.cos(k * x + m * y)
            + sp.Rational(b, 1000) * sp.sin(k * x + m * y)
            for k, m, a, b in terms()
        )
    )
    return _flow(start, "navier_stokes_torus", NU)


def _taylor_green() -> Problem:
    x, y = space("x", "y")
    return _flow(2 * sp.cos(x) * sp.cos(y), "taylor_green", NU)


def history(count: int = 96, steps: int = 1000) -> History:
    """Return vorticity and stream function on ``count`` points per axis with ``steps`` steps."""
    torus = Torus((0.0, 0.0), (2 * np.pi, 2 * np.pi), count)
    (x, y), (k, m) = torus.grid, torus.waves
    start = np.zeros_like(x)
    for i, j, a, b in terms():
        start += (a * np.cos(i * x + j * y) + b * np.sin(i * x + j * y)) / 1000
    inverse = 1 / np.where(torus.square > 0, torus.square, np.inf)

    def carry(modes: Fields) -> Fields:
        psi = modes * inverse
        u, v = torus.values(1j * m * psi).real, -torus.values(1j * k * psi).real
        w = torus.values(modes).real
        flux = np.fft.fftn(np.concatenate([u * w, v * w]), axes=torus.axes)
        rates: Fields = -1j * (k * flux[:1] + m * flux[1:])
        return rates

    linear = (-NU * torus.square)[None]
    found = march(torus, start[None], linear, carry, end=END, steps=steps, kept=100)
    both = np.concatenate([found.modes, found.modes * inverse], axis=1)
    return History(torus, found.times, both)


_history = lru_cache(maxsize=1)(history)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return w and psi at points (n, 3) of columns t, x and y within the domain, as (n, 2)."""
    return _history()(points).real


def _vortices(points: np.ndarray) -> np.ndarray:
    """Return w = 2 psi = 2 cos x cos y exp(-2νt) at points (n, 3), as (n, 2)."""
    t, x, y = np.asarray(points, float).T
    psi = np.cos(x) * np.cos(y) * np.exp(-2 * NU * t)
    return np.stack([2 * psi, psi], axis=1)


navier_stokes_torus = Case(
    name="navier_stokes_torus",
    title="decaying flow on the torus (viscosity 0.01): vorticity and stream function",
    build=_decaying,
    reference=_reference,
    trust="2e-6 relative L2: ETDRK4 with 63² kept modes and 1000 steps, changed by 2e-7 (1.4e-6 "
    "at the "
    "end) with 85² modes and twice the steps",
    floor=2e-6,
    points=(11, 64, 64),
    source=JAXPI,
    group="anchors",
    notes="The published start is a data file; here it is a seeded sum of waves, written out in "
    "the statement. Published up to t = 1 and, elsewhere, to t = 10.",
)
taylor_green = Case(
    name="taylor_green",
    title="Taylor-Green vortices that decay on the torus (viscosity 0.01)",
    build=_taylor_green,
    reference=_vortices,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(11, 64, 64),
    source=Source(
        id="taylor-green",
        title="Mechanism of the Production of Small Eddies from Large Ones",
        authors="G. I. Taylor, A. E. Green",
        year=1937,
        identifier="doi:10.1098/rspa.1937.0036",
    ),
    group="anchors",
)
