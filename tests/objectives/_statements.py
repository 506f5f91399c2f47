"""Problems with known exact solutions that the tests share."""

from __future__ import annotations

import sympy as sp

from residuum.geometry import Box
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    div,
    flux,
    grad,
    initial,
    laplacian,
    neumann,
    observe,
    robin,
    space,
    time,
    unknown,
)

t = time("t")
x, y = space("x", "y")
u = unknown("u", t, x)
w = unknown("w", x, y)

HEAT = sp.exp(-t) * sp.cos(sp.pi * x) + x
POISSON = sp.sin(x) * sp.exp(2 * y) + x * y


def heat() -> tuple[Problem, ExpressionField]:
    """Heat in metres times seconds, with slopes given at the ends and three measurements."""
    conditions = [
        initial(u, HEAT.subs(t, 0)),
        neumann(u, -1, on="x_min"),
        robin(u, 2 * HEAT.subs(x, 1) + 5, a=2, b=5, on="x_max"),
    ]
    places = [0.25, 0.5, 0.75]
    values = [float(HEAT.subs({t: 0.5, x: place})) for place in places]
    problem = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t), laplacian(u) / sp.pi**2),
        conditions,
        observations=[observe(u, values, at={"x": places, "t": 0.5}, noise=0.1)],
    )
    return problem, ExpressionField((HEAT,), problem.coordinates)


def poisson() -> tuple[Problem, ExpressionField]:
    """One kind of condition on every side of a rectangle."""
    slope_x, slope_y = POISSON.diff(x), POISSON.diff(y)
    conditions = [
        dirichlet(w, POISSON, on="x_min"),
        neumann(w, slope_x, on="x_max"),
        robin(w, 3 * POISSON - slope_y, a=3, on="y_min"),
        flux((1 + x) * grad(w), (1 + x) * slope_y, on="y_max"),
    ]
    source = ((1 + x) * slope_x).diff(x) + ((1 + x) * slope_y).diff(y)
    problem = Problem(Box(x=(0, 2), y=(-1, 1)), Eq(div((1 + x) * grad(w)), source), conditions)
    return problem, ExpressionField((POISSON,), problem.coordinates)
