"""Linear elasticity: a plate with a hole under tension (exact), and a bracket."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Source
from residuum.catalogue._case import Case
from residuum.catalogue.anchors._papers import JUDGED_BY_REFINEMENT
from residuum.geometry import Box, Disc, Polygon
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    dirichlet,
    div,
    flux,
    parameter,
    space,
    unknown,
    vector,
)

YOUNG, POISSON = 1.0, 0.3
SIZE, RADIUS, TENSION = 4.0, 1.0, 1.0
BRACKET_YOUNG, LOAD = 200e9, 1e6


def stresses(u: Any, v: Any, young: Any, poisson: Any) -> tuple[Any, Any]:
    """Return both rows of the stress in plane stress, as vectors, for displacements u and v.

    Args:
        u, v: displacements along the two coordinates of space.
        young: Young's modulus; the stresses have its unit.
        poisson: Poisson's ratio.
    """
    x, y = u.args
    shear = young / (2 * (1 + poisson)) * (u.diff(y) + v.diff(x))
    stiff = young / (1 - poisson**2)
    along = stiff * (u.diff(x) + poisson * v.diff(y))
    across = stiff * (v.diff(y) + poisson * u.diff(x))
    return vector(along, shear), vector(shear, across)


def _pulled(rows: tuple[Any, Any], traction: tuple[Any, Any], *, on: str) -> list[Condition]:
    return [flux(row, value, on=on) for row, value in zip(rows, traction, strict=True)]


def _kirsch_stress(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """Return σ_xx, σ_xy, σ_yy of the infinite plate under tension along x, as expressions."""
    square = x**2 + y**2
    two = (x**2 - y**2) / square  # cos 2θ
    twice = 2 * x * y / square  # sin 2θ
    four, fourth = two**2 - twice**2, 2 * two * twice
    a, b = RADIUS**2 / square, sp.Rational(3, 2) * RADIUS**4 / square**2
    half = sp.Rational(1, 2)
    along = TENSION * (1 - a * (3 * half * two + four) + b * four)
    shear = TENSION * (-a * (half * twice + fourth) + b * fourth)
    across = TENSION * (-a * (half * two - four) - b * four)
    return along, shear, across


def _plate() -> Problem:
    x, y = space("x", "y")
    u, v = unknown("u", "v", x, y)
    first, second = stresses(u, v, parameter("young", YOUNG), parameter("poisson", POISSON))
    along, shear, across = (sp.nsimplify(item) for item in _kirsch_stress(x, y))
    plate = Box(x=(0, SIZE), y=(0, SIZE))
    return Problem(
        domain=plate - Disc((0, 0), RADIUS, name="hole"),
        equations=[Eq(-div(first), 0), Eq(-div(second), 0)],
        conditions=[
            dirichlet(u, 0, on="x_min"),
            flux(second, 0, on="x_min"),
            flux(first, 0, on="y_min"),
            dirichlet(v, 0, on="y_min"),
            *_pulled((first, second), (along, shear), on="x_max"),
            *_pulled((first, second), (shear, across), on="y_max"),
            *_pulled((first, second), (0, 0), on="hole"),
        ],
        name="elastic_plate_with_hole",
    )


@lru_cache(maxsize=1)
def _columns() -> list[int]:
    """Return where the unknowns of the statement stand among u and v."""
    return ["uv".index(str(item.func)) for item in _plate().unknowns]


def _reference(points: np.ndarray) -> np.ndarray:
    """Return the displacements at points (n, 2), as (n, 2), in the order of the unknowns."""
    return kirsch(points)[:, _columns()]


def kirsch(points: np.ndarray) -> np.ndarray:
    """Return the displacements u, v of Kirsch's plate in plane stress at points (n, 2), as (n, 2).

    Source: S. P. Timoshenko, J. N. Goodier, Theory of Elasticity, section 32.
    """
    x, y = np.asarray(points, float).T
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    kappa, shear = (3 - POISSON) / (1 + POISSON), YOUNG / (2 * (1 + POISSON))
    s = RADIUS / r
    scale = TENSION * RADIUS / (8 * shear)
    one, three = np.cos(angle), np.cos(3 * angle)
    u = (kappa + 1) * one / s + 2 * s * ((1 + kappa) * one + three) - 2 * s**3 * three
    one, three = np.sin(angle), np.sin(3 * angle)
    v = (kappa - 3) * one / s + 2 * s * ((1 - kappa) * one + three) - 2 * s**3 * three
    return scale * np.stack([u, v], axis=1)


def _bracket() -> Problem:
    x, y = space("x", "y")
    u, v = unknown("u", "v", x, y)
    first, second = stresses(u, v, parameter("young", BRACKET_YOUNG), parameter("poisson", POISSON))
    corners = ((0, 0), (0.06, 0), (0.06, 0.06), (0.2, 0.06), (0.2, 0.12), (0, 0.12))
    free = ("edge_0", "edge_1", "edge_2", "edge_4", "hole")
    return Problem(
        domain=Polygon(corners) - Disc((0.15, 0.09), 0.015, name="hole"),
        equations=[Eq(-div(first), 0), Eq(-div(second), 0)],
        conditions=[
            dirichlet(u, 0, on="edge_5"),
            dirichlet(v, 0, on="edge_5"),
            *_pulled((first, second), (0, -LOAD), on="edge_3"),
            *(item for part in free for item in _pulled((first, second), (0, 0), on=part)),
        ],
        name="elastic_bracket",
    )


elastic_plate_with_hole = Case(
    name="elastic_plate_with_hole",
    title="quarter of an elastic plate with a round hole under tension (plane stress)",
    build=_plate,
    reference=_reference,
    trust="exact; 1e-15 for rounding",
    floor=1e-15,
    points=(4000,),
    source=Source(
        id="kirsch",
        title="Theory of Elasticity",
        authors="S. P. Timoshenko, J. N. Goodier",
        year=1951,
        identifier="doi:10.1115/1.3408648",
    ),
    group="anchors",
    notes="The infinite plate, cut at four radii: the exact tractions act on the two cuts.",
)
elastic_bracket = Case(
    name="elastic_bracket",
    title="L-shaped steel bracket with a hole, held at one side and loaded at its end",
    build=_bracket,
    reference=None,
    trust=JUDGED_BY_REFINEMENT,
    floor=0,
    points=(4000,),
    group="anchors",
    notes="SI units, plane stress, 1 MPa of shear on the end face; the corner inside is sharp, so "
    "the stress there is infinite and refinement converges slowly without grading.",
)
