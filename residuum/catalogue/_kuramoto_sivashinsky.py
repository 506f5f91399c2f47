"""Kuramoto-Sivashinsky, the regular case: long waves grow, short ones decay, steps form."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue._fourier import Trajectory, evolve, power, waves
from residuum.geometry import Box
from residuum.problem import Eq, Problem, div, initial, periodic, space, time, unknown

STEEPENING, GROWTH, DAMPING = 5.0, 0.5, 0.005


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u = unknown("u", t, x)
    flux = 5 * u**2 / 2 + u.diff(x) / 2 + u.diff(x, 3) / 200
    return Problem(
        domain=Box(t=(0, 1), x=(-1, 1)),
        equations=[Eq(u.diff(t) + div(flux), 0)],
        conditions=[initial(u, -sp.sin(sp.pi * x)), periodic(u, "x")],
        name="kuramoto_sivashinsky",
    )


def trajectory(count: int = 64, steps: int = 16000) -> Trajectory:
    """Return the evolution with ``count`` modes and ``steps`` steps."""
    k = waves(count)
    start = np.zeros(count + 1, complex)
    start[1] = 0.5j
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
    return _trajectory()(points)


kuramoto_sivashinsky = Case(
    name="kuramoto_sivashinsky",
    title="Kuramoto-Sivashinsky equation, regular case: growth, damping and steepening in balance",
    build=_statement,
    reference=_reference,
    trust="2e-10 relative L2: ETDRK4 on 64 Fourier modes (the last are below 1e-19), of fourth "
    "order, changed by 2.1e-9 when its 16000 steps are halved",
    floor=2e-10,
    points=(101, 256),
    source=Source(
        id="causal-pinn",
        title="Respecting causality is all you need for training physics-informed neural networks",
        authors="S. Wang, S. Sankaran, P. Perdikaris",
        year=2022,
        identifier="arXiv:2203.07404",
    ),
)
