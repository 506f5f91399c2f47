"""An under-damped oscillator released from rest: three swings before it is nearly still."""

from __future__ import annotations

import numpy as np

from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, initial_rate, parameter, time, unknown

DELTA, OMEGA = 2.0, 20.0


def _statement() -> Problem:
    t = time("t")
    u, delta, omega = unknown("u", t), parameter("delta", DELTA), parameter("omega", OMEGA)
    return Problem(
        domain=Box(t=(0, 1)),
        equations=[Eq(u.diff(t, 2) + 2 * delta * u.diff(t) + omega**2 * u, 0)],
        conditions=[initial(u, 1), initial_rate(u, 0)],
        name="damped_oscillator",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return exp(-δt) (cos wt + δ/w sin wt), w² = ω² - δ², at points (n, 1), as (n, 1)."""
    t = np.asarray(points, float)[:, :1]
    w = np.sqrt(OMEGA**2 - DELTA**2)
    value: np.ndarray = np.exp(-DELTA * t) * (np.cos(w * t) + DELTA / w * np.sin(w * t))
    return value


damped_oscillator = Case(
    name="damped_oscillator",
    title="under-damped oscillator, released from rest",
    build=_statement,
    reference=_reference,
    trust="exact; 5e-15 for the rounding of the phase",
    floor=5e-15,
    points=(501,),
)
