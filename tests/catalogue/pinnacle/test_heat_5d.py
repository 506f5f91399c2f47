from __future__ import annotations

import numpy as np
import sympy as sp

from residuum.catalogue import pinnacle_heat_5d

from .._measure import relative, scattered
from ._residual import left


def formula() -> sp.Expr:
    t, *axes = pinnacle_heat_5d.build().coordinates
    return sp.exp(sp.Add(*(x**2 for x in axes)) / 2 + t)


def test_the_formula_solves_the_equation_and_is_the_reference() -> None:
    problem = pinnacle_heat_5d.build()
    assert sp.simplify(left(problem, formula())[0]) == 0
    points = scattered(problem, 40, key=27)
    exact = sp.lambdify(problem.coordinates, formula())(*points.T)
    assert relative(pinnacle_heat_5d.reference(points)[:, 0], exact) < 1e-15


def test_the_formula_meets_start_and_surface() -> None:
    problem = pinnacle_heat_5d.build()
    t, *axes = problem.coordinates
    start, surface = problem.conditions
    assert start.expression(axes).subs(problem.unknowns[0], formula()).doit().subs(t, 0) == 0
    off = surface.expression(axes).subs(problem.unknowns[0], formula()).doit()
    assert problem.shape is not None
    points = problem.shape.sample_boundary(30, key=28)
    slots = [sp.Symbol(f"normal_{x.name}", real=True) for x in axes]
    values = sp.lambdify([t, *axes, *slots], off)(0.3, *points.T, *points.T)
    assert np.abs(values).max() < 1e-13  # the values reach 2.3
