"""Diffusion through 25 blocks whose conductivities spread over five decades."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import Eq, Problem, coefficient, div, grad, robin, space, unknown

HALF, BLOCKS, DECADES, SEED = 10.0, 5, (-2.0, 3.0), 2308


def blocks(seed: int = SEED) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return conductivity, constant source and wavy source of every block, (5, 5) each."""
    random = np.random.default_rng(seed)
    conductivity = 10 ** random.uniform(*DECADES, (BLOCKS, BLOCKS))
    constant, wavy = random.standard_normal((2, BLOCKS, BLOCKS))
    return conductivity, constant, wavy


def _statement() -> Problem:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    a, f, g = (coefficient(name, x, y) for name in ("a", "f", "g"))
    edges = np.linspace(-HALF, HALF, BLOCKS + 1)
    conductivity, constant, wavy = blocks()
    # One arch per block: this sine changes sign from block to block, and so does the weight.
    arch = sp.sin(sp.pi * (x + 10) / 4) * sp.sin(sp.pi * (y + 10) / 4)
    sign = (-1.0) ** np.add.outer(np.arange(BLOCKS), np.arange(BLOCKS))
    steps = {a: conductivity, f: constant, g: sign * wavy}
    return Problem(
        domain=Box(x=(-HALF, HALF), y=(-HALF, HALF)),
        equations=[Eq(-div(a * grad(u)), f + g * arch)],
        conditions=[robin(u, 0)],
        given={symbol: ((edges, edges), values) for symbol, values in steps.items()},
        name="pinnacle_poisson_2d_ms",
    )


poisson_2d_ms = Case(
    name="pinnacle_poisson_2d_ms",
    title="Poisson equation on 25 blocks with conductivities from 0.01 to 1000",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(101, 101),
    source=PINNACLE,
    group=GROUP,
    notes="The published coefficients are data files. The conductivity follows the published "
    "recipe (uniform in the logarithm from 0.01 to 1000) with a seed of its own; for the source "
    "none is published, and its coefficients are standard normal numbers here. The benchmark's "
    "residual is a times the Laplacian of u, which says nothing about the interfaces; here the "
    "flux a ∂u/∂n is continuous across them. On the boundary ∂u/∂n = -u, without a, as published.",
)
