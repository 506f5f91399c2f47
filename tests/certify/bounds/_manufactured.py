"""Diffusion problems with known answers, solved by elements, and their true errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from residuum import FiniteElement, solve
from residuum.certify.bounds._cells import Cells
from residuum.discretise.elements import ElementField
from residuum.geometry import Shape
from residuum.geometry.mesh import Mesh
from residuum.problem import Eq, Problem, Solution, dirichlet, grad, neumann, robin, space, unknown
from residuum.problem import div as divergence

X, Y = space("x", "y")
U = unknown("u", X, Y)
SLOPES = {"x_min": (X, -1), "x_max": (X, 1), "y_min": (Y, -1), "y_max": (Y, 1)}
WAVE = sp.sin(3 * X + 1) * sp.exp(Y)
BUMP = sp.sin(sp.pi * X) * sp.sin(sp.pi * Y)


def diffusion(
    shape: Shape,
    exact: Any,
    *,
    tensor: Any = 1,
    reaction: Any = 0,
    sides: Mapping[str, str] | None = None,
) -> Problem:
    """Return -div(A grad u) + c u = f with a known answer; sides by name: "d", "n" or "r"."""
    tensor, reaction = sp.sympify(tensor), sp.sympify(reaction)
    flux = [tensor * sp.diff(exact, c) for c in (X, Y)]
    load = -sp.diff(flux[0], X) - sp.diff(flux[1], Y) + reaction * exact
    conditions = []
    for part in shape.parts:
        kind = (sides or {}).get(part, "d")
        if kind == "d":
            conditions.append(dirichlet(U, exact, on=part))
            continue
        axis, sign = SLOPES[part]
        slope = sign * sp.diff(exact, axis)
        if kind == "n":
            conditions.append(neumann(U, slope, on=part))
        else:
            conditions.append(robin(U, 2 * exact + slope, a=2, b=1, on=part))
    return Problem(shape, Eq(-divergence(tensor * grad(U)) + reaction * U, load), conditions)


def solved(problem: Problem, order: int, size: float, mesh: Mesh | None = None) -> Solution:
    """Return the solution on one mesh."""
    return solve(problem, FiniteElement(order=order, size=size, levels=1, mesh=mesh))


def errors(
    solution: Solution, exact: Any, tensor: Any = 1, reaction: Any = 0
) -> tuple[float, float]:
    """Return the true error in the energy norm, Robin parts left out, and in L2."""
    assert isinstance(solution.field, ElementField)
    places = Cells(solution.field).inside(2 * max(solution.field.orders) + 8)
    wanted = [exact, sp.diff(exact, X), sp.diff(exact, Y), tensor, reaction]
    value, first, second, stiff, much = (
        np.broadcast_to(sp.lambdify((X, Y), item, "numpy")(*places.points), places.measures.shape)
        for item in wanted
    )
    own = places.gradients[0]
    steep = stiff * ((first - own[:, 0]) ** 2 + (second - own[:, 1]) ** 2)
    plain = (value - places.values[0]) ** 2
    total = ((steep + much * plain) * places.measures).sum()
    return math.sqrt(float(total)), math.sqrt(float((plain * places.measures).sum()))
