"""Periodic problems and poor answers to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Result
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    Solution,
    div,
    grad,
    initial,
    initial_rate,
    laplacian,
    periodic,
    space,
    time,
    unknown,
    vector,
)

TURN = 2 * np.pi
t, (x, y, z) = time("t"), space("x", "y", "z")
u: Any = unknown("u", t, x)


def burgers() -> Problem:
    """Return Burgers' equation with a resolved layer."""
    return Problem(
        Box(t=(0, 1), x=(0, TURN)),
        Eq(u.diff(t) + div(u**2 / 2), div(0.1 * grad(u))),
        [initial(u, sp.sin(x)), periodic(u, x)],
    )


def kuramoto_sivashinsky() -> Problem:
    """Return the equation on a box where two modes grow."""
    return Problem(
        Box(t=(0, 10), x=(0, 16)),
        Eq(u.diff(t) + u * u.diff(x), -u.diff(x, 2) - u.diff(x, 4)),
        [initial(u, sp.cos(sp.pi * x / 8)), periodic(u, x)],
    )


def vorticity() -> Problem:
    """Return decaying vortices that turn about each other."""
    w, psi = unknown("w", "psi", t, x, y)
    flux = vector(psi.diff(y) * w, -psi.diff(x) * w)
    start = sp.sin(x) * sp.cos(y) + sp.cos(2 * x - y) / 2 + sp.sin(x + 2 * y) / 2
    return Problem(
        Box(t=(0, 1), x=(0, TURN), y=(0, TURN)),
        [Eq(w.diff(t) + div(flux), div(0.05 * grad(w))), Eq(-laplacian(psi), w)],
        [initial(w, start), *(periodic(f, a) for f in (w, psi) for a in ("x", "y"))],
    )


def heat() -> tuple[Problem, Any]:
    """Return a heat equation in three dimensions and its solution."""
    v = unknown("v", t, x, y, z)
    exact = sp.exp(-3 * t / 10) * sp.sin(x) * sp.cos(y) * sp.sin(z)
    problem = Problem(
        Box(t=(0, 1), x=(0, TURN), y=(0, TURN), z=(0, TURN)),
        Eq(v.diff(t), laplacian(v) / 10),
        [initial(v, exact.subs(t, 0)), *(periodic(v, a) for a in ("x", "y", "z"))],
    )
    return problem, exact


def wave() -> tuple[Problem, Any]:
    """Return a wave of second order in time and its solution."""
    exact = sp.cos(2 * t) * sp.sin(2 * x)
    problem = Problem(
        Box(t=(0, 2), x=(0, TURN)),
        Eq(u.diff(t, 2), u.diff(x, 2)),
        [initial(u, sp.sin(2 * x)), initial_rate(u, 0), periodic(u, x)],
    )
    return problem, exact


def steady() -> tuple[Problem, Any]:
    """Return a steady nonlinear problem and its solution."""
    v = unknown("v", x, y)
    exact = sp.sin(x) * sp.cos(y)
    load = 2 * exact + exact**3
    problem = Problem(
        Box(x=(0, TURN), y=(0, TURN)),
        Eq(-laplacian(v) + v**3, load),
        [periodic(v, "x"), periodic(v, "y")],
    )
    return problem, exact


def guess(problem: Problem, *expressions: Any) -> Solution:
    """Return expressions as an answer nobody vouches for."""
    field = ExpressionField(tuple(map(sp.sympify, expressions)), problem.coordinates)
    return Solution(problem, field, Result.SUCCESSFUL)


def distance(one: Solution, other: Solution) -> float:
    """Return the relative L2 distance of two answers at scattered points, first unknown."""
    low, high = np.array(one.problem.domain.bounds).T
    points = low + (high - low) * np.random.default_rng(43).random((600, len(low)))
    a, b = one.at(points)[:, 0], other.at(points)[:, 0]
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))
