"""Klein-Gordon with a cubic term and a source made for a known solution."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    initial_rate,
    laplacian,
    space,
    time,
    unknown,
)


def exact(t: Any, x: Any) -> Any:
    """Return the solution x cos(5πt) + (xt)³ as an expression."""
    return x * sp.cos(5 * sp.pi * t) + (x * t) ** 3


def _statement() -> Problem:
    t, x = time("t"), space("x")
    u, made = unknown("u", t, x), exact(t, x)
    source = made.diff(t, 2) - made.diff(x, 2) + made**3
    return Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(u.diff(t, 2) - laplacian(u) + u**3, source)],
        conditions=[
            initial(u, x),
            initial_rate(u, 0),
            dirichlet(u, 0, on="x_min"),
            dirichlet(u, made.subs(x, 1), on="x_max"),
        ],
        name="klein_gordon",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u at points (n, 2) of columns t and x, as (n, 1)."""
    t, x = np.asarray(points, float).T
    value: np.ndarray = x * np.cos(5 * np.pi * t) + (x * t) ** 3
    return value[:, None]


klein_gordon = Case(
    name="klein_gordon",
    title="Klein-Gordon equation with a cubic term and a source",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(101, 101),
    source=Source(
        id="gradient-pathologies",
        title="Understanding and mitigating gradient flow pathologies in physics-informed neural "
        "networks",
        authors="S. Wang, Y. Teng, P. Perdikaris",
        year=2021,
        identifier="arXiv:2001.04536",
    ),
    group="anchors",
)
