"""Which numbers of a statement can be opened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.elements._coefficient_values import CellValues, GridValues, NodeValues
from residuum.discretise.elements._differentiable import differentiable
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    Problem,
    coefficient,
    dirichlet,
    div,
    grad,
    initial,
    laplacian,
    parameter,
    unknown,
)
from tests.discretise.elements._open import OPEN, STEPS
from tests.discretise.elements._posed import SQUARE, t, x, y

u = unknown("u", x, y)
k = parameter("k", bounds=(0.1, 5.0))
c = parameter("c", 2.0)
q = parameter("q", 3.0, bounds=(0.0, 5.0))
a, b = coefficient("a", x, y), coefficient("b", y)


def posed(**given: Any) -> Problem:
    """Return a statement with numbers of every kind."""
    every = {"a": 1.0, "b": 2.0, **given}
    equation = Eq(-div(a * b * k * grad(u)) + c * u, q)
    return Problem(SQUARE, equation, [dirichlet(u, 0)], given=every)


def test_numbers_with_bounds_are_open_unless_given() -> None:
    assert differentiable(posed(), 0.5).parametric.parameters == ("k", "q")
    assert differentiable(posed(k=1.0), 0.5).parametric.parameters == ("q",)


def test_a_named_number_is_opened_though_it_is_given() -> None:
    solve = differentiable(posed(k=1.0, q=4.0), 0.5, parameters=("k",))
    one, two = solve.solved(np.array([1.0])), solve.solved(np.array([2.0]))
    assert np.abs(one).max() > 1.2 * np.abs(two).max()
    # What is not named keeps its value: that given, or the one declared.
    closed = differentiable(posed(q=4.0), 0.5, parameters=("k",)).solved(np.array([1.0]))
    np.testing.assert_allclose(closed, one, rtol=1e-12)
    declared = differentiable(posed(), 0.5, parameters=("k",)).solved(np.array([1.0]))
    np.testing.assert_allclose(declared, 0.75 * one, rtol=1e-9)


def test_open_coefficients_take_the_place_of_given_ones() -> None:
    solve = differentiable(posed(), 0.5, parameters=("k",), coefficients={"a": NodeValues()})
    shape = solve.parametric.tables["a"].shape
    found = solve.solved(np.array([1.0, *np.full(shape, 1.0)]))
    wanted = differentiable(posed(), 0.5, parameters=("k",)).solved(np.array([1.0]))
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    assert posed().given["a"] == 1.0


def test_functions_that_stay_are_asked_before_anything_is_compiled() -> None:
    asked = []

    def given(first: Any, second: Any) -> Any:
        asked.append(len(first))
        return 1 + first * second

    solve = differentiable(posed(a=given), 0.5, parameters=("k",))
    before = len(asked)
    assert before > 0
    solve.solved(np.array([1.0]))
    solve.solved(np.array([2.0]))
    assert len(asked) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parameters": ("z",)}, "parameters declared with bounds"),
        ({"parameters": ("c",)}, "parameters declared with bounds"),
        ({"parameters": ("k", "k")}, "distinct parameters"),
        ({"parameters": ("q",)}, "a value for k"),
        ({"coefficients": {"z": CellValues()}}, "coefficients of the statement"),
        ({"coefficients": {"b": CellValues()}}, "b of all space coordinates"),
        ({"coefficients": {"b": STEPS}}, "1 axes for b"),
        ({"order": 4}, "order"),
    ],
    ids=str,
)
def test_what_cannot_be_opened_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        differentiable(posed(), 0.5, **options)


def test_a_coefficient_under_a_derivative_is_refused() -> None:
    # Its factor in front of a Laplacian is differentiated by parts: jumps would be lost.
    problem = Problem(SQUARE, Eq(-a * laplacian(u), 1), [dirichlet(u, 0)], given={"a": 1.0})
    with pytest.raises(OptionError, match="free of derivatives"):
        differentiable(problem, 0.5, coefficients={"a": CellValues()})


def test_an_evolving_problem_is_refused() -> None:
    f = unknown("f", t, x)
    conditions = [initial(f, 0), dirichlet(f, 0)]
    problem = Problem(Box(t=(0, 1), x=(0, 1)), Eq(f.diff(t) - k * f.diff(x, x), 1), conditions)
    with pytest.raises(OptionError, match="a steady problem"):
        differentiable(problem, 0.5)


def test_a_mesh_of_other_axes_is_refused() -> None:
    with pytest.raises(OptionError, match="a mesh along x, y"):
        differentiable(posed(), mesh_of(Box(r=(0, 1), s=(0, 1)), 0.5))


def test_multipliers_need_order_two() -> None:
    with pytest.raises(OptionError, match="order 2"):
        OPEN["Stokes"].made(order=1)


def test_a_value_on_the_boundary_may_be_a_grid_along_it() -> None:
    problem = Problem(SQUARE, Eq(-laplacian(u), 0), [dirichlet(u, b)], given={"b": 1.0})
    nodes = np.linspace(0, 1, 3)
    solve = differentiable(problem, 0.5, coefficients={"b": GridValues((nodes,))})
    found = solve.solved(nodes)
    np.testing.assert_allclose(found, solve.space.places(0)[:, 1], atol=1e-12)
