"""Fast diagonalisation: which problems separate, exact solutions, open constants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum.discretise.spectral import (
    ChebyshevAxis,
    FourierAxis,
    Layer,
    Separable,
    separable_of,
    separate,
)
from residuum.geometry import Box
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    dirichlet,
    integral,
    laplacian,
    neumann,
    periodic,
    point_value,
    robin,
    space,
    unknown,
)
from residuum.problem._places import at_points

x, y = space("x", "y")
u: Any = unknown("u", x, y)
UNIT = Box(x=(0, 1), y=(0, 1))


def made(problem: Problem, counts: tuple[int, ...]) -> Separable:
    assert problem.shape is not None
    ends = zip(problem.shape.bounds, counts, strict=True)
    found = separable_of(problem, [ChebyshevAxis(float(a), float(b), n) for (a, b), n in ends])
    assert found is not None
    return found


def error(posed: Separable, exact: sp.Expr) -> float:
    values, solvable = posed.steady()
    assert solvable
    wanted = at_points(posed.form.problem, exact, posed.grid.points)
    return float(np.abs(values.ravel() - wanted).max())


def test_poisson_in_five_dimensions() -> None:
    axes = space(*(f"x{k}" for k in range(1, 6)))
    v = unknown("v", *axes)
    exact = sp.Mul(*(sp.sin(sp.pi * c) for c in axes))
    problem = Problem(
        Box(**{c.name: (0, 1) for c in axes}),
        Eq(-laplacian(v), 5 * sp.pi**2 * exact),
        [dirichlet(v, 0)],
    )
    # Spectral decay: 8 nodes leave 3e-6, 10 leave 2e-8.
    assert error(made(problem, (8,) * 5), exact) < 1e-5
    assert error(made(problem, (10,) * 5), exact) < 1e-7


def test_conditions_of_three_kinds_with_first_order_terms_and_a_map() -> None:
    exact = sp.exp(x - 2 * y) * sp.sin(x + y)
    law = 3 * u.diff(x, 2) + u.diff(y, 2) + 2 * u.diff(x) - u
    source = law.subs(u, exact).doit()
    problem = Problem(
        UNIT,
        Eq(law, source),
        [
            dirichlet(u, exact.subs(x, 0), on="x_min"),
            robin(u, (2 * exact + exact.diff(x)).subs(x, 1), a=2, b=1, on="x_max"),
            neumann(u, -exact.diff(y).subs(y, 0), on="y_min"),
            dirichlet(u, exact.subs(y, 1), on="y_max"),
        ],
    )
    assert error(made(problem, (18, 20)), exact) < 1e-10
    axes = [ChebyshevAxis(0.0, 1.0, 30, Layer(-1.0, 2.0)), ChebyshevAxis(0.0, 1.0, 20)]
    mapped = separable_of(problem, axes)
    assert mapped is not None
    # A map that is not needed costs nodes: thirty leave 2e-8.
    assert error(mapped, exact) < 1e-7


@pytest.mark.parametrize("condition", [integral(u, 2), point_value(u, 3, at={"x": 0, "y": 0})])
def test_open_constant(condition: Condition) -> None:
    wave = sp.cos(sp.pi * x) * sp.cos(2 * sp.pi * y)
    problem = Problem(UNIT, Eq(laplacian(u), -5 * sp.pi**2 * wave), [neumann(u, 0), condition])
    assert error(made(problem, (20, 24)), wave + 2) < 1e-10


def test_load_that_no_solution_balances() -> None:
    problem = Problem(UNIT, Eq(laplacian(u), 1), [neumann(u, 0), integral(u)])
    assert not made(problem, (8, 8)).steady()[1]


def test_periodic_axis() -> None:
    exact = sp.exp(sp.sin(x)) * y**2
    problem = Problem(
        Box(x=(0, 2 * np.pi), y=(0, 1)),
        Eq(laplacian(u) - u, exact.diff(x, 2) + exact.diff(y, 2) - exact),
        [
            periodic(u, x),
            dirichlet(u, 0, on="y_min"),
            dirichlet(u, exact.subs(y, 1), on="y_max"),
        ],
    )
    axes = [FourierAxis(0.0, 2 * np.pi, 32), ChebyshevAxis(0.0, 1.0, 12)]
    posed = separable_of(problem, axes)
    assert posed is not None
    assert error(posed, exact) < 1e-11


def test_what_does_not_separate() -> None:
    def posed(left: Any, *more: Condition) -> Problem:
        return Problem(UNIT, Eq(left, 1), [dirichlet(u, 0), *more])

    assert separate(posed(laplacian(u))) is not None
    for left in (
        laplacian(u) + u**2,
        laplacian(u) + x * u,
        laplacian(u) + u.diff(x, y),
        u.diff(x, 2) - u.diff(y),
    ):
        assert separate(posed(left)) is None
    # An integral besides values all around is one condition too many.
    assert separate(posed(laplacian(u), integral(u))) is None
