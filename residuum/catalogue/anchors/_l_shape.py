"""Laplace on an L-shape, whose inner corner makes the slope infinite."""

from __future__ import annotations

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.geometry import Polygon
from residuum.problem import Eq, Problem, dirichlet, div, grad, space, unknown

CORNERS = ((0, 0), (1, 0), (1, 1), (-1, 1), (-1, -1), (0, -1))


def _statement() -> Problem:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    # About the axis of symmetry the angle is an arc tangent without a seam in the domain.
    root = sp.sqrt(2)
    half = sp.atan((x + y) / (root * sp.sqrt(x**2 + y**2) + y - x))
    exact = (x**2 + y**2) ** sp.Rational(1, 3) * sp.cos(sp.Rational(4, 3) * half)
    outer = [dirichlet(u, exact, on=f"edge_{k}") for k in (1, 2, 3, 4)]
    inner = [dirichlet(u, 0, on=f"edge_{k}") for k in (0, 5)]
    return Problem(
        domain=Polygon(CORNERS),
        equations=[Eq(-div(grad(u)), 0)],
        conditions=[*outer, *inner],
        name="l_shape",
    )


def _reference(points: np.ndarray) -> np.ndarray:
    """Return u = r^(2/3) sin(2θ/3) at points (n, 2) of columns x and y, as (n, 1)."""
    x, y = np.asarray(points, float).T
    angle = np.arctan2(-y, -x) + np.pi  # the seam runs through the missing quarter
    angle = np.where(angle > 7 * np.pi / 4, angle - 2 * np.pi, angle)
    value: np.ndarray = np.hypot(x, y) ** (2 / 3) * np.sin(2 / 3 * angle)
    return value[:, None]


l_shape = Case(
    name="l_shape",
    title="Laplace equation on an L-shape: a corner singularity r^(2/3)",
    build=_statement,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(4000,),
    source=Source(
        id="corner-singularity",
        title="Elliptic Problems in Nonsmooth Domains",
        authors="P. Grisvard",
        year=2011,
        identifier="doi:10.1137/1.9781611972030",
    ),
    group="anchors",
)
