"""Statements with open numbers, and values for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from residuum.discretise.elements._adjoint import Differentiable
from residuum.discretise.elements._coefficient_values import (
    CellValues,
    CoefficientValues,
    GridValues,
    NodeValues,
)
from residuum.discretise.elements._differentiable import differentiable
from residuum.geometry import Disc
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    integral,
    laplacian,
    neumann,
    parameter,
    periodic,
    robin,
    unknown,
)
from tests.discretise.elements._posed import CUBE, LINE, SQUARE, x, y, z

u, v, p = unknown("u", "v", "p", x, y)
w = unknown("w", x)
s = unknown("s", x, y, z)
k = parameter("k", bounds=(0.1, 5.0))
h = parameter("h", bounds=(0.1, 5.0))
g = parameter("g", bounds=(-5.0, 5.0))
a = coefficient("a", x, y)
b = coefficient("b", y)


@dataclass(frozen=True)
class Open:
    """A statement, its mesh size and the values at which it is differentiated."""

    problem: Callable[[], Problem]
    parameters: Mapping[str, float] = field(default_factory=dict)
    coefficients: Mapping[str, CoefficientValues] = field(default_factory=dict)
    size: float = 0.25
    order: int = 2

    def made(self, **options: Any) -> Differentiable:
        """Return the solve."""
        given: dict[str, Any] = {"coefficients": self.coefficients, "order": self.order, **options}
        return differentiable(self.problem(), self.size, **given)

    def arrays(self, solve: Differentiable) -> dict[str, np.ndarray]:
        """Return values of the coefficients between 1 and 2."""
        random = np.random.default_rng(59)
        tables = solve.parametric.tables
        return {n: random.uniform(1, 2, table.shape) for n, table in tables.items()}

    def numbers(self, solve: Differentiable) -> np.ndarray:
        """Return all values as one vector."""
        first = [self.parameters[n] for n in solve.parametric.parameters]
        return np.concatenate([first, *(item.ravel() for item in self.arrays(solve).values())])


def _robin() -> Problem:
    conditions = [
        dirichlet(u, g * sp.exp(-k * y), on="x_min"),
        robin(u, h**2 + y, a=h, b=1 + k, on="x_max"),
        neumann(u, g, on="y_min"),
        neumann(u, 0, on="y_max"),
    ]
    return Problem(SQUARE, Eq(-div(k * (1 + x * y) * grad(u)) + h * u, g + x), conditions)


def _nonlinear() -> Problem:
    # A larger value wins nothing where two parts meet: the later condition does.
    conditions = [dirichlet(u, 1 + h * x, on=part) for part in SQUARE.parts[:3]]
    conditions.append(dirichlet(u, 1 + h * x + k * x * (1 - x), on=SQUARE.parts[3]))
    return Problem(SQUARE, Eq(-div((1 + k * u**2) * grad(u)) + g * u * u.diff(x), h), conditions)


def _stokes() -> Problem:
    equations = [
        Eq(-k * laplacian(u) + p.diff(x), g * y),
        Eq(-k * laplacian(v) + p.diff(y), -x),
        Eq(u.diff(x) + v.diff(y), 0),
    ]
    held = [dirichlet(v, 0), *(dirichlet(u, 0, on=part) for part in SQUARE.parts[:3])]
    lid = dirichlet(u, h * x * (1 - x), on="y_max")
    return Problem(SQUARE, equations, [*held, lid, integral(p, 0)])


def _mean() -> Problem:
    conditions = [neumann(u, 0), integral(u, g**2)]
    return Problem(SQUARE, Eq(-laplacian(u) + k * u**3, x * h), conditions)


def _ring() -> Problem:
    conditions = [periodic(u, axis="x"), dirichlet(u, h * sp.sin(2 * sp.pi * x), on="y_min")]
    conditions.append(robin(u, g, a=k, b=1, on="y_max"))
    return Problem(SQUARE, Eq(-laplacian(u) + k * u.diff(x), sp.cos(2 * sp.pi * x)), conditions)


def _disc() -> Problem:
    domain = Disc((0, 0), 1)
    return Problem(domain, Eq(-div(a * grad(u)) + k * u, 1), [dirichlet(u, g * x)], given={"a": 1})


def _line() -> Problem:
    conditions = [dirichlet(w, g, on="x_min"), neumann(w, h, on="x_max")]
    return Problem(LINE, Eq(-(k * w.diff(x)).diff(x) + w**3, 1), conditions)


def _cube() -> Problem:
    return Problem(CUBE, Eq(-laplacian(s) + k * s, h * z), [dirichlet(s, g * x)])


def _exponent() -> Problem:
    conditions = [dirichlet(u, b, on="x_min"), robin(u, 1, a=a, b=1, on="x_max")]
    conditions += [neumann(u, 0, on=part) for part in ("y_min", "y_max")]
    equation = Eq(-div(sp.exp(k * a) * grad(u)) + b * u**3, a**2)
    return Problem(SQUARE, equation, conditions, given={"a": 1, "b": 1})


VALUES = {"k": 0.8, "h": 1.3, "g": 0.7}
NODES = np.linspace(0, 1, 5)
GRID, STEPS = GridValues((NODES, NODES)), GridValues((NODES, NODES), stepped=True)
ALONG = GridValues((NODES,))
ONE = {"k": 0.8}
OPEN = {
    "Robin and Dirichlet": Open(_robin, VALUES),
    "nonlinear": Open(_nonlinear, VALUES, order=1),
    "Stokes": Open(_stokes, VALUES),
    "integral": Open(_mean, VALUES),
    "periodic": Open(_ring, VALUES, order=3),
    "line": Open(_line, VALUES, size=0.1),
    "cube": Open(_cube, VALUES, size=0.5, order=1),
    "curved, on nodes": Open(_disc, {"k": 0.8, "g": 0.7}, {"a": NodeValues()}, 0.5),
    "curved, on cells": Open(_disc, {"k": 0.8, "g": 0.7}, {"a": CellValues()}, 0.5),
    "nonlinear, on nodes": Open(_exponent, ONE, {"a": NodeValues(), "b": ALONG}),
    "nonlinear, on cells": Open(_exponent, ONE, {"a": CellValues(), "b": ALONG}),
    "nonlinear, on a grid": Open(_exponent, ONE, {"a": GRID, "b": ALONG}),
    "nonlinear, in steps": Open(_exponent, ONE, {"a": STEPS, "b": ALONG}),
}
"""Numbers in equations, boundary terms, Dirichlet values and integrals; every kind of values."""
