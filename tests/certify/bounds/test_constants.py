"""Constants against known eigenvalues: never below, and close."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy as sp

from residuum.certify.bounds import Constant, friedrichs, korn, poincare, trace_constant
from residuum.certify.bounds._constants import COARSE, meshed, most_measure, trace_on_mesh
from residuum.geometry import Ball, Box, Disc, Polygon, Shape
from residuum.problem import Eq, Problem, dirichlet, laplacian, neumann, periodic, space, unknown

ELL = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
FIRST_ON_ELL = 9.6397238
"""Smallest eigenvalue of the L-shape (Trefethen and Betcke 2006)."""
BESSEL = 2.404825557695772


def stated(shape: Shape, held: Any = "boundary", around: tuple[str, ...] = ()) -> Problem:
    """Return Poisson's equation, given on some parts, periodic along some axes, free elsewhere."""
    names = space(*shape.axes) if len(shape.axes) > 1 else (space(shape.axes[0]),)
    u = unknown("u", *names)
    held = shape.parts if held == "boundary" else held
    ends = {f"{axis}_{end}" for axis in around for end in ("min", "max")}
    conditions = [dirichlet(u, 0, on=part) for part in held]
    conditions += [neumann(u, 0, on=p) for p in shape.parts if p not in held and p not in ends]
    conditions += [periodic(u, axis) for axis in around]
    return Problem(shape, Eq(-laplacian(u), sp.Integer(1)), conditions)


def eigenvalue(found: Constant) -> float:
    return 1 / found.value**2


def test_boxes_are_exact() -> None:
    box = Box(x=(0, 1), y=(0, 2))
    assert eigenvalue(friedrichs(stated(box))) == pytest.approx(math.pi**2 * 1.25)
    mixed = stated(box, ("x_min", "y_min", "y_max"))
    assert eigenvalue(friedrichs(mixed)) == pytest.approx(math.pi**2 / 2)
    assert eigenvalue(friedrichs(stated(box, ("y_max",)))) == pytest.approx(math.pi**2 / 16)
    wrapped = stated(box, ("x_min", "x_max"), around=("y",))
    assert eigenvalue(friedrichs(wrapped)) == pytest.approx(math.pi**2)


def test_discs_and_balls_are_exact() -> None:
    disc = stated(Disc((1, 2), 0.5))
    assert eigenvalue(friedrichs(disc)) == pytest.approx(BESSEL**2 / 0.25)
    ball = stated(Ball((0, 0, 0), 2))
    assert eigenvalue(friedrichs(ball)) == pytest.approx(math.pi**2 / 4)


def test_the_l_shape_is_enclosed() -> None:
    found = friedrichs(stated(ELL))
    # Measured: 9.435, 2.1 % below: κ² h² λ is 1.6 %, the rest is what the corner costs.
    assert 0.975 * FIRST_ON_ELL < eigenvalue(found) < FIRST_ON_ELL
    assert "enclosed eigenvalue" in found.reason


def test_mixed_sides_of_a_polygon_that_is_a_square() -> None:
    square = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    found = eigenvalue(friedrichs(stated(square, ("edge_0", "edge_3"))))
    assert 0.995 * math.pi**2 / 2 < found < math.pi**2 / 2
    one = eigenvalue(friedrichs(stated(square, ("edge_0",))))
    assert 0.995 * math.pi**2 / 4 < one < math.pi**2 / 4


def test_a_solid_is_enclosed() -> None:
    cube = Box(x=(0, 1), y=(0, 1), z=(0, 2)) - Box(x=(0, 1), y=(0, 1), z=(1, 2))
    # A unit cube that only a mesh knows; the cut is a face called z_min as well.
    found = friedrichs(stated(cube, ("z_min",)))
    assert 0.7 * math.pi**2 < eigenvalue(found) < math.pi**2  # measured: 7.28


def test_a_hole_with_chords_outside_the_domain_is_enclosed() -> None:
    frame = Box(x=(0, 1), y=(0, 1)) - Disc((0.5, 0.5), 0.2, name="hole")
    found = friedrichs(stated(frame))
    assert found.value < 1 / (math.pi * math.sqrt(2)) and "around the domain" in found.reason
    free = friedrichs(stated(frame, ("x_min",)))
    assert not free.proved and "curved" in free.reason


def test_a_domain_held_nowhere_has_no_constant() -> None:
    with pytest.warns(UserWarning):
        problem = stated(Box(x=(0, 1), y=(0, 1)), ())
    found = friedrichs(problem)
    assert math.isinf(found.value) and not found.proved and "nowhere" in found.reason


def test_constants_are_kept_with_the_problem() -> None:
    problem = stated(ELL)
    assert friedrichs(problem) is friedrichs(problem, problem.unknowns[0])


def test_poincare_on_boxes_discs_and_polygons() -> None:
    assert poincare(stated(Box(x=(0, 1), y=(0, 2)))).value == pytest.approx(2 / math.pi)
    wrapped = stated(Box(x=(0, 1), y=(0, 2)), ("x_min", "x_max"), around=("y",))
    assert poincare(wrapped).value == pytest.approx(1 / math.pi)
    assert poincare(stated(Disc((0, 0), 1))).value == pytest.approx(1 / 1.8411837813)
    triangle = stated(Polygon([(0, 0), (3, 0), (0, 4)]))
    assert poincare(triangle).value == pytest.approx(5 / math.pi)
    # The second Neumann eigenvalue of the L-shape of area three is 1.4756 (Dauge's benchmark).
    assert 0.99 * 1.475621845 < eigenvalue(poincare(stated(ELL))) < 1.475621845


def test_traces_on_boxes() -> None:
    box = Box(x=(0, 2), y=(0, 1))
    opposite = trace_constant(stated(box, ("x_min",)), "x_max")
    assert opposite.value == pytest.approx(math.sqrt(2))  # reached by w = x
    # w = y(1 - y) cosh(πx) ... any function is below: here w = sin(πy) on a box held at y alone.
    beside = trace_constant(stated(box, ("y_min", "y_max")), "x_max")
    ratio = math.sqrt(0.5) / math.sqrt(math.pi**2 / 2 * 2)
    assert beside.value > ratio
    assert trace_constant(stated(box), "x_max").value == 0.0


def test_traces_from_cells_are_above_those_of_functions() -> None:
    square = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    problem = stated(square, ("edge_0",))
    found = trace_constant(problem, "edge_2")
    assert 1.0 <= found.value < 3.0  # w = y gives one
    mesh = meshed(problem, square, COARSE)
    assert mesh is not None
    assert trace_on_mesh(mesh, "edge_2", 2 / math.pi) < trace_on_mesh(mesh, "edge_2", 2.0)


def test_korn_is_known_where_all_is_held() -> None:
    assert korn(stated(ELL)).value == pytest.approx(math.sqrt(2))
    assert not korn(stated(ELL, ("edge_0",))).proved


def test_the_measure_is_bounded_from_above() -> None:
    plate, hole = Box(x=(0, 2), y=(0, 2)), Disc((0, 0), 1)
    assert most_measure(plate - hole) == 4.0
    assert most_measure(plate & hole) == pytest.approx(math.pi)
    assert most_measure(plate | hole) == pytest.approx(4 + math.pi)


def test_korn_on_boxes_that_slide() -> None:
    x, y = space("x", "y")
    u, v = unknown("u", "v", x, y)
    box = Box(x=(0, 1), y=(0, 2))
    free = [neumann(u, 0, on=p) for p in ("y_min", "y_max")]
    free += [neumann(v, 0, on=p) for p in ("x_min", "x_max")]
    held = [dirichlet(u, 0, on=p) for p in ("x_min", "x_max")]
    held += [dirichlet(v, 0, on=p) for p in ("y_min", "y_max")]
    problem = Problem(box, [Eq(-laplacian(u), 1), Eq(-laplacian(v), 1)], [*held, *free])
    assert korn(problem, (0, 1)).value == pytest.approx(math.sqrt(2))
    # Components that point the other way are held across their sides: that is known as well.
    assert korn(problem, (1, 0)).proved
    assert not korn(problem).proved
