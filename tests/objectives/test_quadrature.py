"""Quadrature over domains, between the jumps of coefficients."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum.geometry import Box, Disc
from residuum.objectives._quadrature import axis_edges, breaks, cell_points, quadrature
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    laplacian,
    space,
    unknown,
)
from residuum.problem import time as time_

x, y = space("x", "y")
t = time_("t")


def bar(conductivity: sp.Expr) -> Problem:
    w = unknown("w", x)
    return Problem(Box(x=(0, 2)), Eq(-div(conductivity * grad(w)), 1), [dirichlet(w, 0)])


def test_jumps_are_found() -> None:
    steps = sp.Piecewise((1, x < 0.7), (3, x < sp.Rational(3, 2)), (2, True))
    assert sorted(set(breaks(bar(steps))[0])) == [0.7, 1.5]
    assert breaks(bar(1 + x))[0] == []
    w, a = unknown("w", x), coefficient("a", x)
    table = ((np.array([0.0, 0.4, 2.0]),), np.array([1.0, 5.0]))
    given = Problem(Box(x=(0, 2)), Eq(-div(a * grad(w)), 1), [dirichlet(w, 0)], given={"a": table})
    assert breaks(given)[0] == [0.0, 0.4, 2.0]


@pytest.mark.parametrize("turn", [-1, 0, 3])
def test_steps_are_integrated_exactly_wherever_the_cells_lie(turn: int) -> None:
    steps = sp.Piecewise((1, x < 0.7), (3, True))
    points, weights = quadrature(bar(steps), 80, 7, turn)
    values = np.where(points[:, 0] < 0.7, 1.0, 3.0) * points[:, 0] ** 6
    true = 0.7**7 / 7 + 3 * (2**7 - 0.7**7) / 7
    # Gauss points of order four are exact to degree seven: rounding.
    assert values @ weights == pytest.approx(true, rel=1e-12)


def test_cells_move_and_their_number_does_not() -> None:
    problem = bar(sp.Integer(1))
    first, second = (quadrature(problem, 80, 7, turn)[0] for turn in (0, 1))
    assert first.shape == second.shape and not np.array_equal(first, second)
    assert axis_edges((0.0, 1.0), 4, [0.5], 0.3).size == 6
    assert cell_points(np.array([0.0, 1.0]))[1].sum() == pytest.approx(1.0)


def test_time_and_other_shapes() -> None:
    u = unknown("u", t, x)
    rod = Problem(
        Box(t=(0, 3), x=(0, 2)), Eq(u.diff(t), u.diff(x, 2)), [initial(u, 0), dirichlet(u, 0)]
    )
    points, weights = quadrature(rod, 900, 7, 0)
    assert weights.sum() == pytest.approx(6.0) and points.shape[1] == 2
    v = unknown("v", x, y)
    plate = Problem(Disc((0, 0), 1), Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    points, weights = quadrature(plate, 900, 7, 0)
    assert weights.sum() == pytest.approx(np.pi) and len(points) == 900
    # Low-discrepancy points: the mean of r² is a half.
    assert (points**2).sum(axis=1) @ weights == pytest.approx(np.pi / 2, rel=0.02)
