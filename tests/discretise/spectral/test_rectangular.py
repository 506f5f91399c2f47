"""Boundary value problems on an interval: orders, extra unknown numbers, conditions of any kind."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Result, double_precision
from residuum.discretise.spectral import (
    ChebyshevAxis,
    Grid,
    Layer,
    Rectangular,
    newton,
    refuse_interval,
)
from residuum.geometry import Box
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    dirichlet,
    integral,
    neumann,
    point_value,
    space,
    unknown,
)

x = space("x")
u, s = (unknown(name, x) for name in ("u", "s"))
LEFT, RIGHT = "x_min", "x_max"


def posed(laws: list[Eq], conditions: list[Condition], high: float = 1.0) -> Problem:
    with warnings.catch_warnings():
        # The count of conditions per unknown is not the one of a single equation.
        warnings.simplefilter("ignore")
        return Problem(Box(x=(0, high)), laws, conditions)


def solved(problem: Problem, count: int, layer: Layer | None = None) -> tuple[Rectangular, Any]:
    assert refuse_interval(problem) is None
    high = float(problem.domain.bounds[0, 1])
    axis = ChebyshevAxis(0.0, high, count, layer or Layer())
    with double_precision():
        made = Rectangular(problem, Grid((axis,)))
        residual, slope = made.compiled()
        state, result, _ = newton(residual, slope, made.guess(), go_on=lambda i, size: True)
    assert result is Result.SUCCESSFUL
    return made, made.nodal(state)


CONSTANT = Eq(s.diff(x), 0)
EIGEN = posed(
    [Eq(u.diff(x, 2) + s * u, 0), CONSTANT],
    [
        dirichlet(u, 0, on=LEFT),
        dirichlet(u, 0, on=RIGHT),
        point_value(u, sp.sin(sp.pi / 4), at={"x": 0.25}),
    ],
)
SYSTEM = posed(
    [Eq(u.diff(x), s), Eq(s.diff(x), -u)],
    [dirichlet(u, 0, on=LEFT), dirichlet(u, sp.sin(2), on=RIGHT)],
    2.0,
)
MEAN = posed(
    [Eq(u.diff(x, 2) - u + s, 0), CONSTANT],
    [neumann(u, 0, on=LEFT), neumann(u, 1, on=RIGHT), integral(u, 2)],
)
BEAM = posed(
    [Eq(u.diff(x, 4), 1)],
    [
        *(dirichlet(u, 0, on=e) for e in (LEFT, RIGHT)),
        *(neumann(u, 0, on=e) for e in (LEFT, RIGHT)),
    ],
)


@pytest.mark.parametrize(
    ("problem", "exact"),
    [
        (EIGEN, {"u": sp.sin(sp.pi * x), "s": sp.pi**2}),
        (SYSTEM, {"u": sp.sin(x), "s": sp.cos(x)}),
        (MEAN, {"u": sp.cosh(x) / sp.sinh(1) + 1, "s": sp.Integer(1)}),
        (BEAM, {"u": x**2 * (1 - x) ** 2 / 24}),
    ],
)
@pytest.mark.parametrize("layer", [Layer(), Layer(1.0, 0.8)])
def test_exact_solutions(problem: Problem, exact: dict[str, Any], layer: Layer) -> None:
    made, values = solved(problem, 34, layer)
    for j, v in enumerate(problem.unknowns):
        wanted = sp.lambdify(x, exact[str(v.func)], "numpy")(made.axis.nodes)
        # Fourth derivatives on 34 nodes: rounding of 1e-11 of the right-hand side.
        assert np.abs(values[:, j] - wanted).max() < 1e-8 * max(1.0, float(np.abs(wanted).max()))


def test_speed_of_a_front_as_a_further_unknown() -> None:
    front = 1 / (1 + sp.exp((x - 15) / sp.sqrt(2)))
    heat = u * (1 - u) * (u - sp.Rational(1, 4))
    problem = posed(
        [Eq(-s * u.diff(x), u.diff(x, 2) + heat), CONSTANT],
        [
            dirichlet(u, front.subs(x, 0), on=LEFT),
            dirichlet(u, front.subs(x, 30), on=RIGHT),
            point_value(u, sp.Rational(1, 2), at={"x": 15}),
        ],
        30.0,
    )
    _, values = solved(problem, 60)
    speed = values[:, [str(v.func) for v in problem.unknowns].index("s")]
    assert speed == pytest.approx(float((1 - 0.5) / np.sqrt(2)), rel=1e-6)


def test_the_count_of_conditions_must_fit() -> None:
    few = posed([Eq(u.diff(x, 2) + s * u, 0), CONSTANT], [dirichlet(u, 0)])
    assert "3 conditions" in str(refuse_interval(few))
