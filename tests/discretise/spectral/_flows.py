"""Periodic problems with constraints and coupled linear parts, and exact solutions of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum.geometry import Box
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    div,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    periodic,
    space,
    time,
    unknown,
    vector,
)

TURN = 2 * np.pi
t, (x, y) = time("t"), space("x", "y")


def around(*unknowns: Any) -> list[Condition]:
    """Return periodic conditions along every space axis."""
    return [periodic(u, c) for u in unknowns for c in u.args if c.role == "space"]


def square(end: float = 1.0) -> Box:
    """Return the periodic square over time."""
    return Box(t=(0, end), x=(0, TURN), y=(0, TURN))


def vorticity(nu: float = 0.05) -> tuple[Problem, dict[str, Any]]:
    """Return Taylor–Green vortices in vorticity and stream function."""
    w, psi = unknown("w", "psi", t, x, y)
    exact = 2 * sp.cos(x) * sp.cos(y) * sp.exp(-2 * nu * t)
    turn = psi.diff(y) * w.diff(x) - psi.diff(x) * w.diff(y)
    problem = Problem(
        square(),
        [Eq(w.diff(t) + turn, nu * laplacian(w)), Eq(laplacian(psi), -w)],
        [initial(w, exact.subs(t, 0)), *around(w, psi)],
    )
    return problem, {"w": exact, "psi": exact / 2}


def velocity(nu: float = 0.05) -> tuple[Problem, dict[str, Any]]:
    """Return Taylor–Green vortices in velocity and pressure."""
    u, v, p = unknown("u", "v", "p", t, x, y)
    decay = sp.exp(-2 * nu * t)
    exact = {
        "u": sp.cos(x) * sp.sin(y) * decay,
        "v": -sp.sin(x) * sp.cos(y) * decay,
        "p": -(sp.cos(2 * x) + sp.cos(2 * y)) * decay**2 / 4,
    }
    carried = [f.diff(t) + u * f.diff(x) + v * f.diff(y) for f in (u, v)]
    problem = Problem(
        square(),
        [
            Eq(vector(*carried), -grad(p) + nu * laplacian(vector(u, v))),
            Eq(div([u, v]), 0),
        ],
        [
            initial(u, exact["u"].subs(t, 0)),
            initial(v, exact["v"].subs(t, 0)),
            integral(p),
            *around(u, v, p),
        ],
    )
    return problem, exact


def cahn_hilliard(*, mixed: bool) -> Problem:
    """Return u_t = ∇²(u³ - u - ε²∇²u), in one equation or with the potential as an unknown."""
    u, m = unknown("u", "m", t, x, y)
    potential = u**3 - u - 0.3**2 * laplacian(u)
    start = initial(u, (sp.cos(x) + sp.sin(2 * y - x)) / 4)
    if not mixed:
        return Problem(square(), Eq(u.diff(t), laplacian(potential)), [start, *around(u)])
    laws = [Eq(u.diff(t), laplacian(m)), Eq(m, potential)]
    return Problem(square(), laws, [start, *around(u, m)])


def klein_gordon() -> tuple[Problem, Any]:
    """Return u_tt = u_xx - u and a standing wave."""
    u = unknown("u", t, x)
    exact = sp.cos(sp.sqrt(10) * t) * sp.cos(3 * x)
    problem = Problem(
        Box(t=(0, 10), x=(0, TURN)),
        Eq(u.diff(t, 2), u.diff(x, 2) - u),
        [initial(u, exact.subs(t, 0)), initial_rate(u, 0), *around(u)],
    )
    return problem, exact


def u_of(name: str) -> Any:
    """Return an unknown over the square."""
    return unknown(name, t, x, y)
