"""Cahn-Hilliard in the plane: two phases separate."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._torus import Fields, History, Torus, march
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    initial,
    laplacian,
    parameter,
    periodic,
    space,
    time,
    unknown,
)

WIDTH, END = 0.3, 1.0


def _statement() -> Problem:
    t = time("t")
    x, y = space("x", "y")
    u, width = unknown("u", t, x, y), parameter("width", WIDTH)
    start = (sp.cos(2 * x) * sp.cos(y) + sp.sin(x + 3 * y) / 2 + sp.cos(3 * x - y) / 4) / 5
    return Problem(
        domain=Box(t=(0, END), x=(0, 2 * np.pi), y=(0, 2 * np.pi)),
        equations=[Eq(u.diff(t), laplacian(u**3 - u - width**2 * laplacian(u)))],
        conditions=[initial(u, start), periodic(u, "x"), periodic(u, "y")],
        name="cahn_hilliard",
    )


def history(count: int = 96, steps: int = 1000) -> History:
    """Return the evolution on ``count`` points per axis with ``steps`` steps."""
    torus = Torus((0.0, 0.0), (2 * np.pi, 2 * np.pi), count)
    x, y = torus.grid
    start = (np.cos(2 * x) * np.cos(y) + np.sin(x + 3 * y) / 2 + np.cos(3 * x - y) / 4) / 5

    def separate(modes: Fields) -> Fields:
        rates: Fields = -torus.square * np.fft.fft2(torus.values(modes).real ** 3)
        return rates

    linear = (torus.square - WIDTH**2 * torus.square**2)[None]
    return march(torus, start[None], linear, separate, end=END, steps=steps, kept=100)


_history = lru_cache(maxsize=1)(history)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u at points (n, 3) of columns t, x and y within the domain, as (n, 1)."""
    return _history()(points).real


cahn_hilliard = Case(
    name="cahn_hilliard",
    title="Cahn-Hilliard equation: two phases separate on the torus",
    build=_statement,
    reference=_reference,
    trust="1e-7 relative L2: ETDRK4 with 63² kept modes (the last are below 1e-10) and 1000 steps, "
    "changed by less when the steps are halved; between its steps in the first tenth of the time, "
    "where short waves die, its interpolation adds 2e-5",
    floor=1e-7,
    points=(11, 64, 64),
    source=Source(
        id="cahn-hilliard",
        title="Free Energy of a Nonuniform System. I. Interfacial Free Energy",
        authors="J. W. Cahn, J. E. Hilliard",
        year=1958,
        identifier="doi:10.1063/1.1744102",
    ),
    group="anchors",
    notes="Interface width 0.3 on the square of side 2π, from a sum of three waves of our own.",
)
