"""Korteweg-de Vries with the dispersion in which solitons were found."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue._fourier import Trajectory, evolve, power, waves
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, parameter, periodic, space, time, unknown

DISPERSION = 0.022**2


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, dispersion = unknown("u", t, x), parameter("dispersion", DISPERSION)
    return Problem(
        domain=Box(t=(0, 1), x=(-1, 1)),
        equations=[Eq(u.diff(t) + div(u**2 / 2 + dispersion * u.diff(x, 2)), 0)],
        conditions=[initial(u, sp.cos(sp.pi * x)), periodic(u, "x")],
        name="kdv_zabusky_kruskal",
    )


def trajectory(count: int = 256, steps: int = 10000) -> Trajectory:
    """Return the evolution with ``count`` modes and ``steps`` steps."""
    k = waves(count)
    start = np.zeros(count + 1)
    start[1] = 0.5
    return evolve(
        start,
        1j * DISPERSION * k**3,
        lambda c: -0.5j * k * power(c, 2),
        edges=[0.0, 1.0],
        steps=steps,
        kept=1000,
    )


_trajectory = lru_cache(maxsize=1)(trajectory)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u at points (n, 2) of columns t and x within the domain, as (n, 1)."""
    return _trajectory()(points)


kdv_zabusky_kruskal = Case(
    name="kdv_zabusky_kruskal",
    title="Korteweg-de Vries equation, dispersion 0.022²: a train of solitons",
    build=_statement,
    reference=_reference,
    trust="2e-10 relative L2: ETDRK4 on 256 Fourier modes, changed by 1.6e-10 with 384 modes and "
    "half the step",
    floor=2e-10,
    points=(101, 256),
    source=Source(
        id="zabusky-kruskal",
        title='Interaction of "Solitons" in a Collisionless Plasma and the Recurrence of Initial '
        "States",
        authors="N. J. Zabusky, M. D. Kruskal",
        year=1965,
        identifier="doi:10.1103/PhysRevLett.15.240",
    ),
    group="anchors",
    notes="The case `kdv` has the dispersion 0.0025 of a published data file.",
)
