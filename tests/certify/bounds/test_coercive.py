"""Reading a statement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum._core import Index
from residuum.certify.bounds._coercive import NotCovered, coercive
from residuum.geometry import Box
from residuum.problem import (
    Condition,
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    neumann,
    point_value,
    robin,
    space,
    time,
    unknown,
)

X, Y = space("x"), space("y")
U = unknown("u", X, Y)
SQUARE = Box(x=(0, 1), y=(0, 1))


def posed(left: Any, right: Any = 1, *conditions: Condition, **more: Any) -> Problem:
    held = conditions or (dirichlet(U, 0),)
    return Problem(domain=SQUARE, equations=[Eq(left, right)], conditions=held, **more)


def test_coefficients_are_read_off() -> None:
    left = -div((1 + X) * grad(U)) + 3 * U.diff(X) + X * Y * U.diff(Y) + 5 * U
    found = coercive(posed(left, sp.sin(X)))
    assert [[sp.expand(a) for a in row[1:]] for row in found.flux_slopes] == [
        [1 + X, 0],
        [0, 1 + X],
    ]
    assert found.drift == [3, X * Y]
    # c = 5 - div(3, x y)/2.
    assert sp.expand(found.reaction - (5 - X / 2)) == 0
    assert found.smooth and not found.floating and set(found.held) == set(SQUARE.parts)


def test_a_robin_side_adds_to_the_energy() -> None:
    sides = [robin(U, 2, a=3, b=1, on="x_max"), dirichlet(U, 0, on="x_min")]
    sides += [neumann(U, 0, on="y_min"), neumann(U, 0, on="y_max")]
    found = coercive(posed(-div(2 * grad(U)), 1, *sides))
    slope, weight = found.robin("x_max")
    assert slope == 6 and weight == 6


def test_values_at_points_take_the_jet() -> None:
    found = coercive(posed(-div(grad(U)) + 2 * U, 4))
    points = np.array([[0.25, 0.5], [0.5, 0.75]])
    jet: dict[Index, np.ndarray] = {
        (0, 0): np.array([1.0, 2.0]),
        (1, 0): np.zeros(2),
        (0, 1): np.zeros(2),
    }
    (source,) = found.values([found.source], points, jet)
    assert source == pytest.approx([2 - 4, 4 - 4])


def test_a_step_in_the_diffusion_is_rough() -> None:
    step = sp.Piecewise((1, X < 0.5), (10, True))
    assert not coercive(posed(-div(step * grad(U)))).smooth
    assert coercive(posed(-div(grad(U)), step)).smooth


@pytest.mark.parametrize(
    ("left", "conditions", "why"),
    [
        (-div((1 + U**2) * grad(U)), (), "not linear"),
        (
            -div(grad(U)) + U,
            (neumann(U, 0), point_value(U, 0, at={"x": 0.5, "y": 0.5})),
            "point_value",
        ),
        (-div([2 * U.diff(X) + U.diff(Y), U.diff(Y)]), (), "not a symmetric"),
    ],
)
def test_what_is_not_covered_is_refused(left: Any, conditions: Any, why: str) -> None:
    with pytest.raises(NotCovered, match=why):
        coercive(posed(left, 1, *conditions))


def test_evolving_problems_are_refused() -> None:
    t = time("t")
    w = unknown("w", t, X)
    from residuum.problem import initial

    heat = Problem(
        domain=Box(t=(0, 1), x=(0, 1)),
        equations=[Eq(w.diff(t), div(grad(w)))],
        conditions=[initial(w, 0), dirichlet(w, 0)],
    )
    with pytest.raises(NotCovered, match="steady"):
        coercive(heat)


def test_a_coefficient_given_as_a_function_is_rough() -> None:
    a = coefficient("a", X, Y)
    given = posed(-div(a * grad(U)), given={"a": lambda x, y: 1 + x * y})
    found = coercive(given)
    (value,) = found.values([found.flux_slopes[0][1]], np.array([[0.5, 0.5]]))
    assert not found.smooth and value == pytest.approx([1.25])
