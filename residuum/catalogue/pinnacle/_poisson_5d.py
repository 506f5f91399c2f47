"""Poisson in five dimensions, with a sum of sines as its solution."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad, space, unknown

DIMENSION = 5


def _statement() -> Problem:
    axes = space(*(f"x{i}" for i in range(1, DIMENSION + 1)))
    u = unknown("u", *axes)
    wave = sp.Add(*(sp.sin(sp.pi * x / 2) for x in axes))
    return Problem(
        domain=Box(**{x.name: (0, 1) for x in axes}),
        equations=[Eq(-div(grad(u)), sp.pi**2 / 4 * wave)],
        conditions=[dirichlet(u, wave)],
        name="pinnacle_poisson_5d",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return the sum of sin(πx/2) over the coordinates at points (n, 5), as (n, 1)."""
    value: np.ndarray = np.sin(np.pi / 2 * np.asarray(points, float)).sum(axis=1)[:, None]
    return value


poisson_5d = Case(
    name="pinnacle_poisson_5d",
    title="Poisson equation in five dimensions",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(5, 5, 5, 5, 5),
    source=PINNACLE,
    group=GROUP,
)
