"""Solutions with known fields."""

from __future__ import annotations

from typing import Any

import sympy as sp

import residuum as rs
from residuum._core import Certificate, Result
from residuum.problem import ExpressionField

T, X, Y = rs.time("t"), rs.space("x"), rs.space("y")
LINE, PLANE, ROD, WHEEL = (
    rs.unknown("u", X),
    rs.unknown("v", X, Y),
    rs.unknown("w", T, X),
    rs.unknown("q", T, X),
)


def line() -> rs.Problem:
    """-u'' = 1 on (0, 1)."""
    return rs.Problem(rs.Box(x=(0, 1)), rs.Eq(-rs.laplacian(LINE), 1), [rs.dirichlet(LINE, 0)])


def plane(shape: Any = None) -> rs.Problem:
    """-Δv = 1 on a shape, by default the unit square with axes in another order."""
    domain = rs.Box(y=(0, 2), x=(0, 1)) if shape is None else shape
    return rs.Problem(domain, rs.Eq(-rs.laplacian(PLANE), 1), [rs.dirichlet(PLANE, 0)])


def rod() -> rs.Problem:
    """w_t = w_xx on (0, 1)²."""
    around = [rs.initial(ROD, sp.sin(sp.pi * X)), rs.dirichlet(ROD, 0)]
    equation = rs.Eq(ROD.diff(T), rs.laplacian(ROD))
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), equation, around)


def wheel() -> rs.Problem:
    """q_t + q_x = 0, periodic in x."""
    around = [rs.initial(WHEEL, sp.sin(2 * sp.pi * X)), rs.periodic(WHEEL, X)]
    return rs.Problem(rs.Box(t=(0, 1), x=(0, 1)), rs.Eq(WHEEL.diff(T) + WHEEL.diff(X), 0), around)


def answer(problem: rs.Problem, *values: Any, **options: Any) -> rs.Solution:
    """Return a solution whose field is given by expressions."""
    field = ExpressionField(tuple(map(sp.sympify, values)), problem.coordinates)
    return rs.Solution(problem, field, options.pop("result", Result.SUCCESSFUL), **options)


def certified(kind: str, value: float, relative: float, norm: str = "L2") -> Certificate:
    """Return a certificate by somebody."""
    return Certificate(kind, value, relative, norm, ("told so",), by="somebody")
