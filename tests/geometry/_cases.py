"""Shapes that the tests share, and evaluation of their expressions."""

from __future__ import annotations

import numpy as np
import sympy
from numpy.typing import NDArray

from residuum.geometry import (
    Ball,
    Box,
    Disc,
    Grid,
    Interval,
    LatinHypercube,
    Polygon,
    Shape,
    Sobol,
    Uniform,
)

Array = NDArray[np.float64]

SQUARE = Box(x=(0, 1), y=(0, 1))
ELL = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
TOOTH = [(5, 2), (4, 2), (4, 1), (3, 1), (3, 2), (2, 2), (2, 0.5), (1, 0.5), (1, 2), (0, 2)]
COMB = Polygon([(0, 0), (5, 0), *TOOTH])
STAR = Polygon(
    [(np.cos(np.pi * k / 5) * r, np.sin(np.pi * k / 5) * r) for k, r in enumerate([1, 0.45] * 5)][
        ::-1
    ]
)
HOLED = SQUARE - Disc((0.5, 0.5), 0.2, name="hole")

EXACT: dict[str, Shape] = {
    "interval": Interval(-1, 2),
    "space-time box": Box(t=(0, 1), x=(-1, 1)),
    "box in 3D": Box(x=(0, 1), y=(0, 2), z=(-1, 2)),
    "disc": Disc((1, 2), 0.5),
    "ball": Ball((0, 1, 0), 2),
    "ball in 5D": Ball((0,) * 5, 2, axes=tuple("abcde")),
    "triangle": Polygon([(0, 0), (0, 1), (1, 0)]),
    "L": ELL,
    "star": STAR,
    "cylinder": Disc((0, 0), 1).over(t=(0, 2)),
    "rod": Interval(0, 1).over(t=(0, 3)),
}
COMBINED: dict[str, Shape] = {
    "comb": COMB,
    "square with a hole": HOLED,
    "holed over time": HOLED.over(t=(0, 2)),
    "notch": SQUARE - Box(x=(0.5, 1), y=(0.5, 1)),
    "two discs": Disc((0, 0), 1) | Disc((1, 0), 1, name="other"),
    "lens": Disc((0, 0), 1) & Disc((1, 0), 1),
    "gap": Interval(0, 2) - Interval(0.5, 1),
    "L with a hole": ELL - Disc((0.5, 0.5), 0.2, name="hole"),
    "slotted disc": Disc((0, 0), 1) - Box(x=(-0.1, 0.1), y=(-0.5, 2)),
}
SHAPES = EXACT | COMBINED
DESIGNS = (Uniform(), LatinHypercube(), Sobol(), Grid())


def evaluate(expression: sympy.Expr, shape: Shape, points: Array) -> Array:
    """Return the expression at the points (n, d) of the shape."""
    names = [sympy.Symbol(axis, real=True) for axis in shape.axes]
    values = sympy.lambdify(names, expression, "numpy", cse=True)(*points.T)
    return np.broadcast_to(np.asarray(values, dtype=np.float64), len(points))


def around(shape: Shape, n: int, seed: int) -> Array:
    """Return n points in a box twice as wide as the shape."""
    low, high = shape.bounds.T
    half = (high - low) / 2
    random = np.random.default_rng(seed)
    return np.asarray((low + high) / 2 + 2 * half * random.uniform(-1, 1, (n, len(low))))


def away_from_corners(shape: Shape, points: Array, step: float) -> NDArray[np.bool_]:
    """Return which boundary points have one flat or round piece within ``step``."""
    normal = shape.inward_normal(points)
    near = np.random.default_rng(11).normal(size=(12, *points.shape))
    moved = points + step * near / np.linalg.norm(near, axis=-1, keepdims=True)
    there = shape.inward_normal(moved.reshape(-1, shape.dimension)).reshape(near.shape)
    # Within a step, round pieces of curvature radius >= 0.2 turn the normal by at most 5 steps.
    return np.asarray((np.linalg.norm(there - normal, axis=-1) < 6 * step).all(axis=0))
