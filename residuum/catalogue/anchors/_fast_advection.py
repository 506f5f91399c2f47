"""Advection at speeds 50 and 80: eight and thirteen turns around a periodic interval."""

from __future__ import annotations

from functools import partial

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import JAXPI
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, parameter, periodic, space, time, unknown


def statement(speed: float, name: str) -> Problem:
    """Return a sine wave that moves at this speed on [0, 2π] for a unit of time."""
    t, x = time("t"), space("x")
    u, c = unknown("u", t, x), parameter("c", speed)
    return Problem(
        domain=Box(t=(0, 1), x=(0, 2 * np.pi)),
        equations=[Eq(u.diff(t) + div(c * u), 0)],
        conditions=[initial(u, sp.sin(x)), periodic(u, "x")],
        name=name,
    )


def _reference(points: np.ndarray, speed: float) -> np.ndarray:
    """Return u = sin(x - ct) at points (n, 2) of columns t and x, as (n, 1)."""
    t, x = np.asarray(points, float).T
    value: np.ndarray = np.sin(x - speed * t)[:, None]
    return value


def _case(speed: int) -> Case:
    name = f"advection_{speed}"
    return Case(
        name=name,
        title=f"advection of a sine wave at speed {speed} on a periodic interval",
        build=partial(statement, float(speed), name),
        reference=partial(_reference, speed=float(speed)),
        trust=f"exact; 3e-14 for the rounding of x - {speed} t",
        floor=3e-14,
        points=(101, 128),
        source=JAXPI,
        group="anchors",
        notes="The published repository names three speeds: 100 in its text, 80 in its training "
        "script and 50 as a default.",
    )


ADVECTIONS = (_case(50), _case(80))
