"""A heat problem with conditions of three kinds and its exact solution, shared by the tests."""

from __future__ import annotations

from typing import Any

import sympy as sp

from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    initial,
    laplacian,
    robin,
    space,
    time,
    unknown,
)

t, x = time("t"), space("x")
u: Any = unknown("u", t, x)
EXACT = sp.exp(-t) * sp.sin(x + t)


def heated() -> Problem:
    """Return u_t = u_xx + f on [0, 1] with a value on the left and a Robin row on the right."""
    source = EXACT.diff(t) - EXACT.diff(x, 2)
    return Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(u.diff(t) - laplacian(u), source)],
        conditions=[
            initial(u, EXACT.subs(t, 0)),
            dirichlet(u, EXACT.subs(x, 0), on="x_min"),
            robin(u, (2 * EXACT + EXACT.diff(x)).subs(x, 1), a=2, b=1, on="x_max"),
        ],
    )


def exact(at: Any, places: Any) -> Any:
    """Return the exact solution as an array."""
    return sp.lambdify((t, x), EXACT, "numpy")(at, places)


def exact_rate(at: Any, places: Any) -> Any:
    """Return its time derivative as an array."""
    return sp.lambdify((t, x), EXACT.diff(t), "numpy")(at, places)
