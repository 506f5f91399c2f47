"""Burgers in two dimensions: two velocities carry each other, from a random periodic start."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue._case import Case
from residuum.catalogue.pinnacle._source import AGREEMENT, GROUP, PINNACLE
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    grad,
    initial,
    parameter,
    periodic,
    space,
    time,
    unknown,
)

NU, SIDE, WAVES, SEED = 0.001, 4.0, 4, 2306
_SAMPLES = 128


def coefficients(seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Return the Fourier coefficients of the start and its means.

    Returns:
        Weights (2, 2, 4, 4) by velocity, sine or cosine, and wave numbers along x and y from 0 to
        3; and the mean added to each velocity, (2,). Both velocities are divided by their common
        maximum and doubled.
    """
    random = np.random.default_rng(seed)
    weights, means = random.standard_normal((2, 2, WAVES, WAVES)), random.standard_normal(2)
    k, x = np.arange(WAVES), np.arange(_SAMPLES) / _SAMPLES
    wave = np.exp(2j * np.pi * np.outer(k, x))
    summed = np.einsum("cij,ia,jb->cab", weights[:, 1] - 1j * weights[:, 0], wave, wave).real
    # Fifteen digits: the text of the problem then holds the very same numbers.
    rounded = np.vectorize(lambda value: float(f"{value:.12g}"))
    return rounded(2 * weights / summed.max()), rounded(means)


def _start(weights: np.ndarray, mean: float, x: sp.Symbol, y: sp.Symbol) -> sp.Expr:
    terms = [sp.Float(mean)]
    for i, j in np.ndindex(WAVES, WAVES):
        phase = 2 * sp.pi * (i * x + j * y)
        terms += [float(weights[0, i, j]) * sp.sin(phase), float(weights[1, i, j]) * sp.cos(phase)]
    return sp.Add(*terms)


def _statement() -> Problem:
    t, (x, y) = time("t"), space("x", "y")
    u, v = unknown("u", "v", t, x, y)
    nu = parameter("nu", NU)
    weights, means = coefficients()
    return Problem(
        domain=Box(t=(0, 1), x=(0, SIDE), y=(0, SIDE)),
        equations=[
            Eq(c.diff(t) + u * c.diff(x) + v * c.diff(y), div(nu * grad(c))) for c in (u, v)
        ],
        conditions=[
            *(initial(c, _start(weights[i], means[i], x, y)) for i, c in enumerate((u, v))),
            *(periodic(c, axis) for c in (u, v) for axis in ("x", "y")),
        ],
        name="pinnacle_burgers_2d",
    )


burgers_2d = Case(
    name="pinnacle_burgers_2d",
    title="Burgers equations for two velocities on a periodic square (nu = 0.001), random start",
    build=_statement,
    reference=None,
    trust=AGREEMENT,
    floor=0.0,
    points=(11, 65, 65),
    source=PINNACLE,
    group=GROUP,
    notes="The published start is a data file made by a published recipe without a seed; the same "
    "recipe is drawn here with a seed of its own, so the numbers differ. The recipe's waves have "
    "whole numbers per unit length, so everything repeats with period 1 on the square of side 4. "
    "Velocity jumps of size 4 leave fronts of width 0.001.",
)
