"""Gray-Scott: two substances react and spread, and spots divide."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

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
    parameter,
    periodic,
    space,
    time,
    unknown,
)

SPREAD_U, SPREAD_V, FEED, REMOVAL, REACTION = 0.2, 0.1, 40.0, 100.0, 1000.0
END = 2.0


FAST, KEPT = (0.01, 0.1, 0.4), 100
"""Ends of the stretches of time that are stepped and stored apart, and the times stored in each."""


def _statement() -> Problem:
    t = time("t")
    x, y = space("x", "y")
    u, v = unknown("u", "v", t, x, y)
    spread_u, spread_v = parameter("spread_u", SPREAD_U), parameter("spread_v", SPREAD_V)
    reaction = 1000 * u * v**2
    fifth, fiftieth = sp.Rational(1, 20), sp.Rational(1, 50)
    return Problem(
        domain=Box(t=(0, END), x=(-1, 1), y=(-1, 1)),
        equations=[
            Eq(u.diff(t), div(spread_u * grad(u)) + 40 * (1 - u) - reaction),
            Eq(v.diff(t), div(spread_v * grad(v)) - 100 * v + reaction),
        ],
        conditions=[
            initial(u, 1 - sp.exp(-10 * ((x + fifth) ** 2 + (y + fiftieth) ** 2))),
            initial(v, sp.exp(-10 * ((x - fifth) ** 2 + (y - fiftieth) ** 2))),
            *(periodic(w, axis) for w in (u, v) for axis in ("x", "y")),
        ],
        name="gray_scott",
    )


def history(count: int = 128, steps: int = 4000) -> History:
    """Return the evolution on ``count`` points per axis with ``steps`` steps after the start.

    The spot reacts away in some thousandths of a time unit: that part has short steps of its own,
    and enough stored times to be read between them.
    """
    torus = Torus((-1.0, -1.0), (2.0, 2.0), count)
    x, y = torus.grid
    u = 1 - np.exp(-10 * ((x + 0.05) ** 2 + (y + 0.02) ** 2))
    v = np.exp(-10 * ((x - 0.05) ** 2 + (y - 0.02) ** 2))
    square = torus.square
    linear = np.stack([-SPREAD_U * square - FEED, -SPREAD_V * square - REMOVAL])

    def react(modes: Fields) -> Fields:
        a, b = torus.values(modes).real
        made = np.fft.fft2(REACTION * a * b**2)
        lost = -made
        lost[0, 0] += FEED * made.size
        rates: Fields = np.stack([lost, made])
        return rates

    found: History | None = None
    start, begin = np.stack([u, v]), 0.0
    for end in (*FAST, END):
        share = steps * (end - begin) / END if end == END else steps / 10
        whole = KEPT * max(1, round(share / KEPT))
        part = march(torus, start, linear, react, end=end - begin, steps=whole, kept=KEPT)
        found = part if found is None else found.then(part)
        start, begin = torus.values(part.modes[-1]), end
    assert found is not None
    return found


_history = lru_cache(maxsize=1)(history)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u and v at points (n, 3) of columns t, x and y within the domain, as (n, 2)."""
    return _history()(points).real


gray_scott = Case(
    name="gray_scott",
    title="Gray-Scott reaction and diffusion: a spot that divides",
    build=_statement,
    reference=_reference,
    trust="3e-5 relative L2: ETDRK4 with 85² kept modes and 4000 steps, changed by 1.2e-5 (2.6e-5 "
    "at "
    "the end) with 96² modes and twice the steps",
    floor=3e-5,
    points=(11, 64, 64),
    source=JAXPI,
    group="anchors",
    notes="Time is a thousandth of that of the equations with rates 0.04 and 0.1. The published "
    "start is not quite periodic: it jumps in slope by 1e-4 at the seam.",
)
