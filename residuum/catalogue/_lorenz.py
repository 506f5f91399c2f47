"""The Lorenz system over a time short enough that chaos does not set the error."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue._times import within
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, parameter, time, unknown

SIGMA, RHO, BETA = 10.0, 28.0, 8.0 / 3.0
END = 5.0


def _statement() -> Problem:
    t = time("t")
    x, y, z = unknown("x", "y", "z", t)
    sigma, rho, beta = (
        parameter("sigma", SIGMA),
        parameter("rho", RHO),
        parameter("beta", sp.Rational(8, 3)),
    )
    return Problem(
        domain=Box(t=(0, END)),
        equations=[
            Eq(x.diff(t), sigma * (y - x)),
            Eq(y.diff(t), x * (rho - z) - y),
            Eq(z.diff(t), x * y - beta * z),
        ],
        conditions=[initial(x, 1), initial(y, 1), initial(z, 1)],
        name="lorenz",
    )


def _series(start: np.ndarray, order: int) -> np.ndarray:
    """Return the Taylor coefficients (order + 1, 3) of the solution through ``start``."""
    c = np.zeros((order + 1, 3), start.dtype)
    c[0] = start
    # In the type of the start, so that a longer type is one throughout.
    sigma, rho, beta = c.dtype.type(SIGMA), c.dtype.type(RHO), c.dtype.type(8) / c.dtype.type(3)
    for n in range(order):
        x, y, z = c[: n + 1].T
        c[n + 1, 0] = sigma * (y[n] - x[n])
        c[n + 1, 1] = rho * x[n] - y[n] - x @ z[::-1]
        c[n + 1, 2] = x @ y[::-1] - beta * z[n]
        c[n + 1] /= n + 1
    return c


def series(steps: int = 500, order: int = 24, kind: type = np.float64) -> np.ndarray:
    """Return the Taylor coefficients (steps, order + 1, 3) about the start of every step."""
    step = np.array(END, kind) / steps
    state: np.ndarray = np.ones(3, kind)
    found: list[np.ndarray] = []
    for _ in range(steps):
        found.append(_series(state, order))
        state = _horner(found[-1][None], step[None])[0]
    return np.array(found)


def _horner(coefficients: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return the values (n, 3) of polynomials (n, order + 1, 3) at shifts (n,)."""
    value = coefficients[:, -1]
    for i in range(coefficients.shape[1] - 2, -1, -1):
        value = value * shift[:, None] + coefficients[:, i]
    return value


_stored = lru_cache(maxsize=1)(series)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return x, y, z at points (n, 1) of the column t within [0, 5], as (n, 3)."""
    t = within(np.asarray(points, float)[:, 0], 0.0, END)
    pieces = _stored()
    step = END / len(pieces)
    piece = np.clip(np.floor(t / step).astype(int), 0, len(pieces) - 1)
    return _horner(pieces[piece], t - piece * step)


lorenz = Case(
    name="lorenz",
    title="Lorenz system (10, 28, 8/3) from (1, 1, 1) up to t = 5",
    build=_statement,
    reference=_reference,
    trust="1e-14 relative L2: Taylor series of degree 24, 2e-15 from degree 30 with half the step "
    "in a longer number type; 3e-14 from SciPy's DOP853 at its tightest tolerance",
    floor=1e-14,
    points=(1001,),
    source=Source(
        id="lorenz",
        title="Deterministic Nonperiodic Flow",
        authors="E. N. Lorenz",
        year=1963,
        identifier="doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2",
    ),
)
