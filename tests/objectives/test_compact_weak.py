"""Weak residuals tested with Wendland bumps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import OptionError, in_double_precision
from residuum.learning import GaussNewton
from residuum.objectives import CompactWeak
from residuum.objectives._compact_weak import ball_points, wendland
from residuum.problem import ExpressionField, scaling

x, y = rs.space("x", "y")
t = rs.time("t")
w, v, u = rs.unknown("w", x), rs.unknown("v", x, y), rs.unknown("u", t, x)

CASES: dict[str, tuple[rs.Problem, Any]] = {
    "bar": (
        rs.Problem(
            rs.Interval(0, 2),
            rs.Eq(-rs.div((1 + x) * rs.grad(w)), -sp.cos(x) + (1 + x) * sp.sin(x)),
            [rs.dirichlet(w, 0, on="x_min"), rs.neumann(w, sp.cos(2), on="x_max")],
        ),
        sp.sin(x),
    ),
    "disc": (
        rs.Problem(rs.Disc((0, 0), 1), rs.Eq(-rs.laplacian(v), 4), [rs.dirichlet(v, 0)]),
        1 - x**2 - y**2,
    ),
    "rod in time": (
        rs.Problem(
            rs.Box(t=(0, 1), x=(0, 1)),
            rs.Eq(u.diff(t), u.diff(x, 2) + (sp.pi**2 - 1) * sp.exp(-t) * sp.sin(sp.pi * x)),
            [rs.initial(u, sp.sin(sp.pi * x)), rs.dirichlet(u, 0)],
        ),
        sp.exp(-t) * sp.sin(sp.pi * x),
    ),
}


@pytest.mark.parametrize("name", CASES)
@in_double_precision
def test_they_vanish_at_an_exact_solution_and_nowhere_else(name: str) -> None:
    problem, exact = CASES[name]
    sizes = []
    for expression in (exact, exact**2 + exact):
        field = ExpressionField((expression,), problem.coordinates)
        rows = CompactWeak(tests=40).rows(problem, scaling(problem), 7, 0)
        sizes.append(max(float(np.abs(item.residual(field)).max()) for item in rows))
    # Bumps are polynomials of degree five along a radius; the points integrate them exactly, and
    # smooth solutions to 1e-6.
    assert sizes[0] < 1e-6 and sizes[1] > 100 * sizes[0]


@pytest.mark.parametrize("d", [1, 2, 3])
def test_points_in_the_ball_integrate_the_bump(d: int) -> None:
    points, weights = ball_points(d, 60)
    r = np.linalg.norm(points, axis=1)
    s = sp.Symbol("s")
    area = [2, 2 * sp.pi, 4 * sp.pi][d - 1]
    wanted = area * sp.integrate((1 - s) ** 4 * (4 * s + 1) * s ** (d - 1), (s, 0, 1))
    # Degree seven along the radius, four Gauss points at least: exact.
    assert weights @ wendland(r)[0] == pytest.approx(float(wanted), rel=1e-10)
    # Odd functions vanish: by symmetry, nearly so on a Fibonacci lattice.
    assert np.abs((weights * wendland(r)[1]) @ points).max() < 0.02


def test_the_bump_is_smooth_and_ends_at_one() -> None:
    r = np.linspace(0, 1.2, 1201)
    value, slope = wendland(r)
    assert value[0] == 1 and (value[r >= 1] == 0).all() and slope[0] == 0
    # Central differences, h = 1e-3: h²/6 times the largest third derivative, 120 at the centre.
    np.testing.assert_allclose(np.gradient(value, r)[1:-1], slope[1:-1], atol=2.01e-5)


@in_double_precision
def test_bumps_lie_inside() -> None:
    problem, _ = CASES["disc"]
    (rows,) = CompactWeak(tests=50).rows(problem, scaling(problem), 7, 3)
    assert np.linalg.norm(rows.points, axis=1).max() < 1
    other = CompactWeak(tests=50).rows(problem, scaling(problem), 7, 4)[0]
    assert not np.array_equal(rows.points, other.points)


@pytest.mark.slow
def test_it_sees_the_jump_that_the_strong_form_does_not() -> None:
    a = rs.coefficient("a", x)
    phases = ((np.array([0.0, 0.5, 1.0]),), np.array([5.0, 10.0]))
    problem = rs.Problem(
        rs.Interval(0, 1),
        rs.Eq(-rs.div(a * rs.grad(w)), 10),
        [rs.dirichlet(w, 0)],
        given={"a": phases},
    )
    at = np.linspace(0, 1, 101)
    c = 10 * (0.125 / 5 + 0.375 / 10) / (0.5 / 5 + 0.5 / 10)
    left = (c * at - 5 * at**2) / 5
    right = (c * 0.5 - 1.25) / 5 + (c * (at - 0.5) - 5 * (at**2 - 0.25)) / 10
    exact = np.where(at < 0.5, left, right)
    errors = []
    for objective in (None, CompactWeak(tests=100)):
        few = rs.ResidualAdaptive(count=400, pool=2000)
        method = rs.PINN(rs.MLP(12, 2), GaussNewton(iterations=80), few, objective=objective)
        answer = rs.solve(problem, method, refine=None, progress=False)
        errors.append(np.linalg.norm(answer(x=at) - exact) / np.linalg.norm(exact))
    # The card expects a ratio of five in its operator setting.
    assert errors[1] < errors[0] / 5, errors


def test_wrong_options() -> None:
    with pytest.raises(OptionError, match="smallest <= largest"):
        CompactWeak(smallest=0.5, largest=0.1)
    with pytest.raises(OptionError, match="one bump"):
        CompactWeak(tests=0)
