"""Kuramoto-Sivashinsky, the chaotic case: waves of every phase out of two."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue._fourier import Trajectory, evolve, power
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, periodic, space, time, unknown

STEEPENING, GROWTH, DAMPING = 100 / 16, 100 / 16**2, 100 / 16**4


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    numbers = [sp.Rational(100, 16**i) for i in (1, 2, 4)]
    flux = numbers[0] * u**2 / 2 + numbers[1] * u.diff(x) + numbers[2] * u.diff(x, 3)
    return Problem(
        domain=Box(t=(0, 1), x=(0, 2 * np.pi)),
        equations=[Eq(u.diff(t) + div(flux), 0)],
        conditions=[initial(u, sp.cos(x) * (1 + sp.sin(x))), periodic(u, "x")],
        name="pinnacle_kuramoto_sivashinsky",
    )


def trajectory(count: int = 128, steps: int = 16000) -> Trajectory:
    """Return the evolution with ``count`` modes and ``steps`` steps, over x/π."""
    k = np.arange(count + 1)
    start = np.zeros(count + 1, complex)
    start[1], start[2] = 0.5, -0.25j  # cos x + sin(2x)/2
    return evolve(
        start,
        GROWTH * k**2 - DAMPING * k**4,
        lambda c: -0.5j * STEEPENING * k * power(c, 2),
        edges=[0.0, 1.0],
        steps=steps,
        kept=1000,
    )


_trajectory = lru_cache(maxsize=1)(trajectory)


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u at points (n, 2) of columns t and x within the domain, as (n, 1)."""
    return _trajectory()(np.asarray(points, float) / [1.0, np.pi])


kuramoto_sivashinsky = Case(
    name="pinnacle_kuramoto_sivashinsky",
    title="Kuramoto-Sivashinsky equation, chaotic case",
    build=_statement,
    reference=_reference,
    trust="2e-8 relative L2: ETDRK4 on 128 Fourier modes, changed by 1.5e-8 by twice 16000 steps "
    "and by 3e-11 by 192 modes",
    floor=2e-8,
    points=(101, 256),
    source=PINNACLE,
    group=GROUP,
    notes="The benchmark's code states no boundary condition; periodic here, as the start is.",
)
