"""Shallow water: a dam breaks along a line (exact), and all around a circle."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue._riemann import WaterRiemann
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT, TORO
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, space, time, unknown, vector

DEEP, SHALLOW, GRAVITY = 3.0, 1.0, 1.0
END = 1.0


def _line() -> Problem:
    t, x = time("t"), space("x")
    h, q = unknown("h", "q", t, x)
    return Problem(
        domain=Box(t=(0, END), x=(-5, 5)),
        equations=[Eq(h.diff(t) + div(q), 0), Eq(q.diff(t) + div(q**2 / h + h**2 / 2), 0)],
        conditions=[
            initial(h, sp.Piecewise((3, x < 0), (1, True)), jump=True),
            initial(q, 0),
        ],
        name="dam_break",
    )


def _circle() -> Problem:
    t = time("t")
    x, y = space("x", "y")
    h, q, r = unknown("h", "q", "r", t, x, y)
    half = h**2 / 2
    return Problem(
        domain=Box(t=(0, END), x=(-2.5, 2.5), y=(-2.5, 2.5)),
        equations=[
            Eq(h.diff(t) + div(vector(q, r)), 0),
            Eq(q.diff(t) + div(vector(q**2 / h + half, q * r / h)), 0),
            Eq(r.diff(t) + div(vector(q * r / h, r**2 / h + half)), 0),
        ],
        conditions=[
            initial(h, sp.Piecewise((2, x**2 + y**2 < sp.Rational(1, 4)), (1, True)), jump=True),
            initial(q, 0),
            initial(r, 0),
        ],
        name="dam_break_circular",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return depth and discharge at points (n, 2) of columns t and x, as (n, 2)."""
    depth, velocity = WaterRiemann((DEEP, 0.0), (SHALLOW, 0.0), GRAVITY).at(points).T
    return np.stack([depth, depth * velocity], axis=1)


dam_break = Case(
    name="dam_break",
    title="shallow water: a dam breaks between depths 3 and 1",
    build=_line,
    reference=_reference,
    trust="exact; 1e-14 for the root of the middle depth",
    floor=1e-14,
    points=(11, 1001),
    source=TORO,
    group="anchors",
    notes="Gravity is one. No wave reaches the ends, which are left open.",
)
dam_break_circular = Case(
    name="dam_break_circular",
    title="shallow water: a round column of depth 2 falls into depth 1",
    build=_circle,
    reference=None,
    trust=JUDGED_BY_REFINEMENT,
    floor=0,
    points=(11, 64, 64),
    source=Source(
        id="finite-volumes",
        title="Finite Volume Methods for Hyperbolic Problems",
        authors="R. J. LeVeque",
        year=2002,
        identifier="doi:10.1017/CBO9780511791253",
    ),
    group="anchors",
    notes="Gravity is one; q and r are the discharges along x and y. No wave reaches the sides.",
)
