"""Find the conductivity of a plate from noisy temperatures."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, div, grad, observe, space, unknown

NOISE, SIDE, SEED = 0.1, 50, 2311


def _statement() -> Problem:
    x, y = space("x", "y")
    u, a = unknown("u", "a", x, y)
    conductivity = 1 / (1 + x**2 + y**2 + (x - 1) ** 2 + (y - 1) ** 2)
    temperature = sp.sin(sp.pi * x) * sp.sin(sp.pi * y)
    source = -sp.Add(*(sp.diff(conductivity * sp.diff(temperature, c), c) for c in (x, y)))
    nodes = np.linspace(0, 1, SIDE)
    places = np.stack([g.ravel() for g in np.meshgrid(nodes, nodes, indexing="ij")], axis=1)
    noise = NOISE * np.random.default_rng(SEED).standard_normal(len(places))
    return Problem(
        domain=Box(x=(0, 1), y=(0, 1)),
        equations=[Eq(-div(a * grad(u)), source)],
        conditions=[dirichlet(a, conductivity)],
        observations=[observe(u, _reference(places)[:, 0] + noise, at=places, noise=NOISE)],
        name="pinnacle_poisson_inverse",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return temperature and conductivity at points (n, 2) of columns x and y, as (n, 2)."""
    x, y = np.asarray(points, float).T
    temperature = np.sin(np.pi * x) * np.sin(np.pi * y)
    conductivity = 1 / (1 + x**2 + y**2 + (x - 1) ** 2 + (y - 1) ** 2)
    return np.stack([temperature, conductivity], axis=1)


poisson_inverse = Case(
    name="pinnacle_poisson_inverse",
    title="conductivity of a plate from 2500 noisy temperatures (deviation 0.1)",
    build=_statement,
    reference=_reference,
    trust="exact, as the fields behind the data; 1e-15 for rounding. What the noise allows to be "
    "found is far less",
    floor=1e-15,
    points=(101, 101),
    source=PINNACLE,
    group=GROUP,
    notes="The conductivity a is an unknown without an equation of its own: the observations of u "
    "and its values on the boundary determine it. Nothing is said about u on the boundary, as "
    "published. The source is what the fields behind the data leave; in the benchmark's code it "
    "has 2x + 1 and 2y + 1 where 2x - 1 and 2y - 1 follow, so that its own fields do not solve "
    "it. The benchmark draws new noise in every run; here it has a seed.",
)
