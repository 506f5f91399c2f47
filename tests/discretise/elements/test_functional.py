"""Quantities as functions of the coefficients of elements."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, double_precision
from residuum.discretise.elements import Defects, Functional, Quantity, Space, System
from residuum.geometry.mesh import mesh_of
from residuum.problem import Eq, ExpressionField, Problem, dirichlet, grad, laplacian, weak_form
from tests.discretise.elements._posed import SQUARE, v, x, y

POISSON = Problem(SQUARE, Eq(-laplacian(v), 0), [dirichlet(v, 0)])
EVERY = [
    Quantity(x * v**2),
    Quantity(v * v.diff(y), over="x_max"),
    Quantity(grad(v), over="y_min", through=True),
    Quantity(v**2 + v.diff(x), at={"x": 0.31, "y": 0.62}),
]


def around(quantity: Quantity) -> tuple[System, Functional]:
    space = Space(mesh_of(SQUARE, 0.3), (2,), degree=6)
    field = ExpressionField((sp.sympify(x * y),), POISSON.coordinates)
    system = System(POISSON, weak_form(POISSON), space, offset=field)
    return system, Functional(quantity, system)


@pytest.mark.parametrize("quantity", EVERY, ids=["domain", "part", "flux", "point"])
def test_the_slope_is_the_derivative_of_the_value(quantity: Quantity) -> None:
    with double_precision():
        system, functional = around(quantity)
        state, change = np.random.default_rng(83).normal(size=(2, system.size))
        # At most quadratic: differences are exact but for rounding.
        ends = [functional.value(state + step * change) for step in (0.5, -0.5)]
        assert functional.slope(state) @ change == pytest.approx(ends[0] - ends[1], rel=1e-10)


def test_the_field_around_which_one_solves_counts() -> None:
    with double_precision():
        system, functional = around(EVERY[3])
        # v = x y + x² there, whose slope along x is y + 2x.
        value = 0.31 * 0.62 + 0.31**2
        state = system.space.places(0)[:, 0] ** 2
        assert functional.value(state) == pytest.approx(value**2 + 0.62 + 0.62, rel=1e-12)


def test_a_flux_is_read_from_the_weak_form_where_values_are_given() -> None:
    exact = sp.sin(3 * x) * sp.cosh(3 * y)
    problem = Problem(SQUARE, Eq(-laplacian(v), 0), [dirichlet(v, exact)])
    form, mesh = weak_form(problem), mesh_of(SQUARE, 0.1)
    field = ExpressionField((x * y,), problem.coordinates)
    with double_precision():
        found = Defects(problem, form, field).solve(mesh)
        number = Functional(Quantity(grad(v), over="x_max", through=True), found.system)
        ways = [number.value(found.state), number.plain(found.state)]
        # Other weights than a number, and the domain, leave the integral itself.
        weighted = Functional(
            Quantity((x * v.diff(x), y), over="x_max", through=True), number.system
        )
        assert not weighted.lift.any() and number.lift.any()
    errors = [abs(item - np.cos(3) * np.sinh(3)) for item in ways]
    # Measured: 9.5e-5 and 2.0e-3 of 9.9; halving the cells takes 16 times off one, 8 off the other.
    assert errors[0] < 0.1 * errors[1]


def test_a_place_outside_is_refused() -> None:
    with pytest.raises(OptionError, match="points in the mesh"):
        around(Quantity(v, at={"x": 1.5, "y": 0.5}))
