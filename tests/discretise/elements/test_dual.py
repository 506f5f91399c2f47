"""Residuals weighted by adjoint solutions, on one mesh and from mesh to mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from residuum import catalogue
from residuum._core import double_precision
from residuum.discretise.elements import Defects, Dual, Duals, Functional, Quantity, grown
from residuum.discretise.elements._dual import weighted
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.problem import (
    Condition,
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    grad,
    laplacian,
    neumann,
    periodic,
    unknown,
    weak_form,
)
from tests.discretise.elements._posed import CUBE, LINE, SQUARE, x, y, z

u, v, w = unknown("u", x), unknown("v", x, y), unknown("w", x, y, z)
MIXED: list[Condition] = [dirichlet(v, y, on="x_min"), dirichlet(v, 0, on="y_min")]
MIXED += [neumann(v, 1, on="x_max"), neumann(v, x, on="y_max")]
# Not symmetric, with an outflow: that the matrix is transposed shows.
CARRIED = Problem(SQUARE, Eq(-laplacian(v) + 5 * v.diff(x) + y * v, 1), MIXED)
AROUND = Problem(
    SQUARE,
    Eq(-laplacian(v) + v, sp.sin(2 * sp.pi * x)),
    [periodic(v, x), dirichlet(v, 0, on="y_min"), dirichlet(v, y, on="y_max")],
)


def posed(problem: Problem, value: Any, quantity: Quantity, **options: Any) -> Duals:
    field = ExpressionField((sp.sympify(value),), problem.coordinates)
    return Duals(problem, weak_form(problem), field, quantity, **options)


@pytest.mark.parametrize(
    ("problem", "quantity"),
    [
        (CARRIED, Quantity(x * v)),
        (CARRIED, Quantity(grad(v), over="y_min", through=True)),
        (CARRIED, Quantity(v.diff(x) + v, at={"x": 0.3, "y": 0.6})),
        (AROUND, Quantity(v, at={"x": 0.999, "y": 0.6})),
    ],
    ids=["integral", "flux", "slope", "periodic"],
)
def test_it_is_the_quantity_of_the_error_on_the_same_elements(
    problem: Problem, quantity: Quantity
) -> None:
    # Wrong boundary values as well: every part of the formula counts.
    answer = ExpressionField((sp.cos(2 * sp.pi * x) + y**2,), problem.coordinates)
    form = weak_form(problem)
    with double_precision():
        mesh = mesh_of(SQUARE, 0.25)
        dual = Duals(problem, form, answer, quantity, order=2).solve(mesh)
        whole = Defects(problem, form, answer, order=2).solve(mesh)
        number = Functional(quantity, whole.system)
        other = number.value(whole.state) - number.plain(np.zeros(whole.system.size))
    assert dual.result.ok and dual.second == 0.0
    assert dual.error == pytest.approx(other, rel=1e-8)  # solves to 1e-10
    assert (dual.indicator is None) == (problem is AROUND)


@pytest.mark.parametrize(
    ("problem", "value", "quantity", "true"),
    [
        (Problem(LINE, Eq(-laplacian(u), 2), [dirichlet(u, 0)]), 0, Quantity(u), 1 / 6),
        (
            Problem(CUBE, Eq(-laplacian(w), 0), [dirichlet(w, x * y + z)]),
            x * z,
            Quantity(w, at={"x": 0.5, "y": 0.5, "z": 0.5}),
            0.5,
        ),
    ],
    ids=["line", "cube"],
)
def test_other_dimensions(problem: Problem, value: Any, quantity: Quantity, true: float) -> None:
    assert problem.shape is not None
    with double_precision():
        found = posed(problem, value, quantity).solve(mesh_of(problem.shape, 0.5))
    # The solutions are quadratic polynomials, as the elements are.
    assert found.error == pytest.approx(true, rel=1e-9)


def steps(duals: Duals, mesh: Mesh, growth: int) -> tuple[Dual, Dual]:
    """Return the last of the meshes for the quantity, and of as many even ones."""
    even = mesh
    for _ in range(growth):
        mesh, even = grown(mesh, duals.solve(mesh).indicator, 2.5), even.refined()
    return duals.solve(mesh), duals.solve(even)


def share(mesh: Mesh, place: tuple[float, float]) -> float:
    """Return the share of the cells within 0.2 of a place."""
    centres = mesh.points[mesh.cells].mean(axis=1)
    return float((np.hypot(*(centres - place).T) < 0.2).mean())


def test_meshes_are_refined_towards_the_quantity() -> None:
    case = catalogue.case("l_shape")
    problem, place = case.problem(), (-0.5, 0.25)
    assert problem.shape is not None and case.reference is not None
    quantity = Quantity(problem.unknowns[0], at={"x": place[0], "y": place[1]})
    true = float(case.reference(np.array([place]))[0, 0]) - place[0] * place[1]
    with double_precision():
        duals = posed(problem, sp.prod(problem.coordinates), quantity)
        towards, even = steps(duals, mesh_of(problem.shape, 1 / 3), 2)
    # Measured: 3.5e-6 of 0.79 with 4,201 unknowns, 3.3e-5 with 7,957 evenly; 31,465 give 1.3e-5.
    assert abs(towards.error - true) < 0.2 * abs(even.error - true)
    assert towards.unknowns < 0.6 * even.unknowns
    shares = [share(towards.mesh, where) for where in (place, (0.0, 0.0), (0.8, 0.8))]
    # Within 0.2 of a place even meshes have 4 % of their cells, 3 % at the corner.
    assert shares[0] > 0.1 and shares[1] > 0.3 and shares[2] < 0.03


def test_a_layer_that_the_quantity_does_not_see_is_left_alone() -> None:
    wind = Problem(SQUARE, Eq(v.diff(x) - laplacian(v) / 50, 1), [dirichlet(v, 0)])
    # Even meshes of 58,081 unknowns and meshes for the quantity of 142,270 agree to 1e-10.
    quantity, true = Quantity(v, at={"x": 0.3, "y": 0.5}), 0.29998363976
    field = ExpressionField((sp.Integer(0),), wind.coordinates)
    with double_precision():
        mesh, defects = mesh_of(SQUARE, 0.1), Defects(wind, weak_form(wind), field)
        towards, _ = steps(posed(wind, 0, quantity), mesh, 1)
        other = defects.solve(grown(mesh, defects.solve(mesh).indicator, 2.5))
        error = Functional(quantity, other.system).value(other.state) - true
    # The wind blows along x: the layer at x = 1 is downstream of the place.
    late = [(m.points[m.cells].mean(axis=1)[:, 0] > 0.8).mean() for m in (towards.mesh, other.mesh)]
    assert late[0] < 0.1 and late[1] > 0.6
    # Measured: 4.5e-9 with 2,506 unknowns, and 2.6e-7 with 2,527 where jumps of the flux are.
    assert towards.unknowns < 1.02 * other.unknowns
    assert abs(towards.error - true) < 0.1 * abs(error)


def test_the_indicator_of_what_one_order_less_holds_is_zero() -> None:
    with double_precision():
        found = posed(CARRIED, 0, Quantity(v), order=2).solve(mesh_of(SQUARE, 0.25))
        space = found.system.space
        plane = space.places(0) @ np.array([1.0, 2.0])
        bent = space.places(0)[:, 0] ** 2
        matrix = found.system.stiffness
        flat = weighted(space, matrix, plane, plane)
        seen = weighted(space, matrix, bent, bent)
    assert np.abs(flat).max() < 1e-12 * seen.max()
