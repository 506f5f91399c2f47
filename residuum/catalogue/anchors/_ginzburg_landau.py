"""Complex Ginzburg-Landau as two real unknowns: a vortex winds up into spirals."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import PIRATENETS
from residuum.catalogue.anchors._torus import Fields, History, Torus, march
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    grad,
    initial,
    parameter,
    periodic,
    space,
    time,
    unknown,
)

SPREAD, RATE, TWIST = 0.004, 10.0, 1.5


def _statement() -> Problem:
    t = time("t")
    x, y = space("x", "y")
    u, v = unknown("u", "v", t, x, y)
    spread = parameter("spread", SPREAD)
    size, twist = u**2 + v**2, sp.Rational(3, 2)
    bump = sp.exp(-25 * (x**2 + y**2))
    return Problem(
        domain=Box(t=(0, 1), x=(-1, 1), y=(-1, 1)),
        equations=[
            Eq(u.diff(t), div(spread * grad(u)) + 10 * (u - (u - twist * v) * size)),
            Eq(v.diff(t), div(spread * grad(v)) + 10 * (v - (v + twist * u) * size)),
        ],
        conditions=[
            initial(u, 10 * y * bump),
            initial(v, 10 * x * bump),
            *(periodic(w, axis) for w in (u, v) for axis in ("x", "y")),
        ],
        name="ginzburg_landau",
    )


def history(count: int = 192, steps: int = 1000) -> History:
    """Return the evolution on ``count`` points per axis with ``steps`` steps."""
    torus = Torus((-1.0, -1.0), (2.0, 2.0), count)
    x, y = torus.grid
    start = 10 * (y + 1j * x) * np.exp(-25 * (x**2 + y**2))

    def turn(modes: Fields) -> Fields:
        a = torus.values(modes)
        rates: Fields = np.fft.fft2(-RATE * (1 + 1j * TWIST) * a * (a.real**2 + a.imag**2))
        return rates

    linear = (RATE - SPREAD * torus.square)[None]
    return march(torus, start[None], linear, turn, end=1.0, steps=steps, kept=100)


_history = lru_cache(maxsize=1)(history)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u and v at points (n, 3) of columns t, x and y within the domain, as (n, 2)."""
    a = _history()(points)[:, 0]
    return np.stack([a.real, a.imag], axis=1)


ginzburg_landau = Case(
    name="ginzburg_landau",
    title="complex Ginzburg-Landau equation: a vortex becomes a spiral",
    build=_statement,
    reference=_reference,
    trust="3e-6 relative L2: ETDRK4 with 127² kept modes and 1000 steps, changed by 2.3e-6 with "
    "171² "
    "modes and twice the steps",
    floor=3e-6,
    points=(11, 64, 64),
    source=PIRATENETS,
    group="anchors",
    notes="The unknown A = u + iv, with A_t = 0.004 ΔA + 10 A - 10 (1 + 1.5i) |A|² A.",
)
