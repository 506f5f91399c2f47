"""Newton–Krylov on periodic boxes: varying coefficients, nonlinear, systems, means, failure."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from residuum._core import Result, double_precision
from residuum.discretise.spectral import FourierAxis, Krylov, refuse_krylov
from residuum.geometry import Box
from residuum.problem import (
    Eq,
    Problem,
    div,
    grad,
    integral,
    laplacian,
    periodic,
    point_value,
    space,
    unknown,
)
from residuum.problem._places import at_points

TURN = 2 * np.pi
x, y = space("x", "y")
u, v = (unknown(name, x, y) for name in ("u", "v"))
BOX = Box(x=(0, TURN), y=(0, TURN))
WAVE = sp.exp(sp.sin(x)) * sp.cos(y) / 2
SPREAD = 2 + sp.sin(x + y)


def around(*unknowns: Any) -> list[Any]:
    return [periodic(f, c) for f in unknowns for c in (x, y)]


def flux(w: Any) -> Any:
    return sum(((SPREAD * w.diff(c)).diff(c) for c in (x, y)), sp.Integer(0))


def solve(problem: Problem, count: int = 36) -> tuple[Krylov, np.ndarray, Result]:
    assert refuse_krylov(problem) is None
    with double_precision():
        posed = Krylov(problem, [FourierAxis(0.0, TURN, count)] * 2)
        state, result, _ = posed.solve(np.zeros(posed.shape), go_on=lambda i, size: True)
    return posed, state, result


def error(problem: Problem, exact: dict[str, sp.Expr]) -> float:
    posed, state, result = solve(problem)
    assert result is Result.SUCCESSFUL
    found = []
    for j, f in enumerate(problem.unknowns):
        wanted = at_points(problem, exact[str(f.func)], np.asarray(posed.points))
        found.append(np.abs(state[j].ravel() - wanted).max())
    return float(max(found))


def test_varying_diffusion() -> None:
    law = Eq(div(SPREAD * grad(u)) - u, flux(WAVE) - WAVE)
    assert error(Problem(BOX, law, around(u)), {"u": WAVE}) < 1e-11


def test_mean_left_open() -> None:
    law = Eq(div(SPREAD * grad(u)), flux(WAVE))
    problem = Problem(BOX, law, [integral(u, 3 * TURN**2), *around(u)])
    assert error(problem, {"u": WAVE + 3}) < 1e-11


def test_nonlinear_system() -> None:
    other = sp.cos(x - y)
    laws = [
        Eq(laplacian(u) - u - u**3 + v, laplacian(WAVE).doit() - WAVE - WAVE**3 + other),
        Eq(laplacian(v) - 2 * v + u * v, laplacian(other).doit() - 2 * other + WAVE * other),
    ]
    assert error(Problem(BOX, laws, around(u, v)), {"u": WAVE, "v": other}) < 1e-10


def test_no_solution_is_not_called_one() -> None:
    # The mean of exp(u) is positive, and the mean of a Laplacian vanishes.
    _, _, result = solve(Problem(BOX, Eq(laplacian(u), sp.exp(u)), around(u)), 12)
    assert result is not Result.SUCCESSFUL


def test_refusals() -> None:
    law = Eq(laplacian(u) - u**3, 1)
    pinned = point_value(u, 0, at={"x": 1, "y": 1})
    assert "enforce" in str(refuse_krylov(Problem(BOX, law, [pinned, *around(u)])))
