"""Find a conductivity that varies in space from noisy temperatures in space and time."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad, observe, space, time, unknown

NOISE, COUNT, SEED = 0.1, 2500, 2312


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u, a = unknown("u", t, x, y), unknown("a", x, y)
    wave = sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
    conductivity, temperature = 2 + wave, sp.exp(-t) * wave
    diffused = sp.Add(*(sp.diff(conductivity * sp.diff(temperature, c), c) for c in (x, y)))
    random = np.random.default_rng(SEED)
    places = random.uniform([0, -1, -1], [1, 1, 1], (COUNT, 3))
    noise = NOISE * random.standard_normal(COUNT)
    return Problem(
        domain=Box(t=(0, 1), x=(-1, 1), y=(-1, 1)),
        equations=[Eq(u.diff(t), div(a * grad(u)) + temperature.diff(t) - diffused)],
        conditions=[dirichlet(a, conductivity)],
        observations=[observe(u, _reference(places)[:, 0] + noise, at=places, noise=NOISE)],
        name="pinnacle_heat_inverse",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return temperature and conductivity at points (n, 3) of columns t, x, y, as (n, 2)."""
    t, x, y = np.asarray(points, float).T
    wave = np.sin(np.pi * x) * np.sin(np.pi * y)
    return np.stack([np.exp(-t) * wave, 2 + wave], axis=1)


heat_inverse = Case(
    name="pinnacle_heat_inverse",
    title="conductivity that varies in space, from 2500 noisy temperatures (deviation 0.1)",
    build=_statement,
    reference=_reference,
    trust="exact, as the fields behind the data; 1e-15 for rounding. What the noise allows to be "
    "found is far less",
    floor=1e-15,
    points=(11, 51, 51),
    source=PINNACLE,
    group=GROUP,
    notes="The conductivity a is an unknown without an equation of its own: the observations of u "
    "and its values on the boundary determine it. Nothing is said about u on the boundary or at "
    "the start, as published. The published places of the observations are a data file; here they "
    "are drawn uniformly, and the noise with them, from a seed.",
)
