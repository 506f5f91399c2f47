"""Quantities of interest of known fields."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp

from residuum._core import OptionError, double_precision
from residuum.discretise.elements import Quantity, Space, quantity_of
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    grad,
    initial,
    laplacian,
    unknown,
    weak_form,
)
from residuum.problem import div as divergence
from tests.discretise.elements._posed import SQUARE, around, t, v, x, y

u = unknown("u", t, x)
POISSON = Problem(SQUARE, Eq(-laplacian(v), 0), around(v, x, SQUARE))
HEAT = Problem(
    Box(t=(0, 2), x=(0, 1)),
    Eq(u.diff(t), divergence(grad(u))),
    [initial(u, 0), dirichlet(u, 0)],
)


def of(problem: Problem, quantity: Quantity, value: Any) -> float:
    assert problem.shape is not None
    with double_precision():
        space = Space(mesh_of(problem.shape, 0.3), (2,), degree=6)
        field = ExpressionField((sp.sympify(value),), problem.coordinates)
        return quantity_of(quantity, problem, weak_form(problem), space, field)


def test_quantities_of_a_polynomial_are_exact() -> None:
    value = x**2 * y + y
    assert of(POISSON, Quantity(x * v), value) == pytest.approx(1 / 8 + 1 / 4, rel=1e-13)
    assert of(POISSON, Quantity(v**2, over="x_max"), value) == pytest.approx(4 / 3, rel=1e-13)
    slopes = (v.diff(x), v.diff(y))
    out = Quantity(slopes, over="y_min", through=True)
    assert of(POISSON, out, value) == pytest.approx(-4 / 3, rel=1e-13)
    place = Quantity(v + v.diff(x), at={"x": 0.5, "y": 0.25})
    assert of(POISSON, place, value) == pytest.approx(0.3125 + 0.25, rel=1e-13)


def test_time_is_averaged_or_taken_at_the_end() -> None:
    # Gauss points integrate powers of time exactly.
    assert of(HEAT, Quantity(u), t**3 * x) == pytest.approx(1.0, rel=1e-12)
    assert of(HEAT, Quantity(u, when="final"), t**3 * x) == pytest.approx(4.0, rel=1e-13)
    assert of(HEAT, Quantity(u.diff(t), when="final"), t**3 * x) == pytest.approx(6.0, rel=1e-13)


def test_what_is_no_quantity() -> None:
    assert "no part roof" in (Quantity(v, over="roof").refuse(POISSON) or "")
    assert "every coordinate" in (Quantity(v, at={"x": 0.5}).refuse(POISSON) or "")
    assert Quantity(v).refuse(POISSON) is None
    with pytest.raises(OptionError, match="a time among"):
        Quantity(v, when="first")
    with pytest.raises(OptionError, match="boundary part"):
        Quantity((v, v), through=True)
    with pytest.raises(FloatingPointError):
        of(POISSON, Quantity(v), sp.log(-1 - x))
