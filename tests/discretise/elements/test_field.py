"""The field of an answer: exact for polynomials of its order, differentiable, storable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Certificate, Result, double_precision
from residuum.discretise.elements import ElementField, Space, evolving_field, steady_field
from residuum.geometry import Box, Disc, Shape
from residuum.geometry.mesh import mesh_of
from residuum.problem import Eq, Problem, Solution, dirichlet, initial, laplacian, load, unknown
from tests.discretise.elements._posed import CUBE, LINE, SQUARE, t, v, x, y, z

AXES = (x, y, z)
SHAPES: dict[str, tuple[Shape, float]] = {
    "line": (LINE, 0.3),
    "square": (SQUARE, 0.3),
    "cube": (CUBE, 0.5),
}
POLYNOMIALS = {
    1: 2 - x + 3 * y - z,
    2: 1 + x * y - 2 * y**2 + x * z + z**2 - x,
    3: x**3 - 2 * x * y**2 + y**3 + x * y - z * x**2 + z,
}


def made(shape: Shape, size: float, order: int, exact: Any) -> ElementField:
    space = Space(mesh_of(shape, size), (order,), degree=2 * order)
    places = space.places(0)
    values = sp.lambdify(AXES[: shape.dimension], exact, "numpy")(*places.T)
    state = np.broadcast_to(np.asarray(values, float), (len(places),)).copy()
    return steady_field(space, state, 1, tuple(range(shape.dimension)))


def inside(shape: Shape, count: int = 40) -> np.ndarray:
    points = np.random.default_rng(59).uniform(
        shape.bounds[:, 0], shape.bounds[:, 1], (8 * count, shape.dimension)
    )
    return points[shape.signed_distance(points) < -1e-3][:count]


def at(expression: Any, points: np.ndarray) -> np.ndarray:
    found = sp.lambdify(AXES[: points.shape[1]], expression, "numpy")(*points.T)
    return np.broadcast_to(np.asarray(found, float), (len(points),))


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", SHAPES)
def test_polynomials_of_its_order_and_their_derivatives(name: str, order: int) -> None:
    shape, size = SHAPES[name]
    if name == "cube" and order == 3:
        pytest.skip("there are no cubic tetrahedra")
    d = shape.dimension
    exact = POLYNOMIALS[order].subs({c: sp.Rational(1, 3) for c in AXES[d:]})
    points = inside(shape)
    with double_precision():
        field = made(shape, size, order, exact)
        indices = [(0,) * d] + [tuple(int(k == j) for j in range(d)) for k in range(d)]
        indices += [tuple(2 * int(k == j) for j in range(d)) for k in range(d)]
        indices += [(1, 1, *(0,) * (d - 2))] if d > 1 else []
        jet = field.jet(jnp.asarray(points), indices)
        for index in indices:
            wanted = at(sp.diff(exact, *zip(AXES, index, strict=False)), points)
            found = np.asarray(jet.derivative(index))[:, 0]
            # Derivatives divide by the size of the cells, so by up to a hundred here.
            np.testing.assert_allclose(found, wanted, atol=1e-13 * 100 ** sum(index) + 1e-12)
        np.testing.assert_allclose(field.numeric(points)[:, 0], at(exact, points), atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("order", [2, 3])
def test_a_linear_function_on_curved_cells(order: int) -> None:
    # Isoparametric cells hold linear functions exactly, and quadratics where they are straight.
    disc = Disc((0, 0), 1)
    exact = 1 + 2 * x - 3 * y
    angle = np.linspace(0, 6.2, 37)
    edge = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.concatenate([inside(disc), 0.999 * edge, edge])
    with double_precision():
        field = made(disc, 0.4, order, exact)
        jet = field.jet(jnp.asarray(points), [(0, 0), (1, 0), (0, 1), (2, 0)])
        assert field.cells.shape[1] == 6
        for index, wanted in (((0, 0), exact), ((1, 0), 2), ((0, 1), -3), ((2, 0), 0)):
            found = np.asarray(jet.derivative(index))[:, 0]
            np.testing.assert_allclose(found, at(sp.sympify(wanted), points), atol=1e-10)
    np.testing.assert_allclose(field.numeric(points)[:, 0], at(exact, points), atol=1e-9)


def test_two_ways_of_evaluation_agree_on_curved_cells() -> None:
    disc = Disc((0, 0), 1)
    points = inside(disc, 200)
    with double_precision():
        field = made(disc, 0.4, 3, sp.sin(2 * x) * sp.cos(y))
        np.testing.assert_allclose(
            np.asarray(field(jnp.asarray(points))), field.numeric(points), atol=1e-9
        )


def test_derivatives_of_a_curved_field_are_those_of_its_values() -> None:
    disc = Disc((0, 0), 1)
    # Places in cells at the rim, away from their sides.
    with double_precision():
        field = made(disc, 0.4, 2, sp.sin(2 * x) * sp.cos(y))
        nodes, cells = np.asarray(field.nodes), np.asarray(field.cells)
        points = nodes[cells[:, :3]].mean(axis=1)[:30]
        jet = field.jet(jnp.asarray(points), [(1, 0), (0, 1)])
        step = 1e-5
        for k, index in enumerate(((1, 0), (0, 1))):
            move = step * np.eye(2)[k]
            slope = (field.numeric(points + move) - field.numeric(points - move)) / (2 * step)
            np.testing.assert_allclose(np.asarray(jet.derivative(index)), slope, atol=1e-8)


def test_points_on_the_boundary_are_answered() -> None:
    with double_precision():
        field = made(SQUARE, 0.3, 2, POLYNOMIALS[2].subs(z, 0))
        edge = np.array([[0, 0], [1, 1], [0, 1], [0.5, 0], [1, 0.31], [0.123, 1]], float)
        wanted = at(POLYNOMIALS[2].subs(z, 0), edge)
        np.testing.assert_allclose(field.numeric(edge)[:, 0], wanted, atol=1e-12)
        np.testing.assert_allclose(np.asarray(field(jnp.asarray(edge)))[:, 0], wanted, atol=1e-12)


def evolving() -> tuple[ElementField, Any]:
    u = x * (1 - x) * (1 + t**3 - t) + t**2 * x
    space = Space(mesh_of(LINE, 0.25), (2,), degree=4)
    knots = np.array([0.0, 0.2, 0.7, 1.0])
    times = np.append((knots[:-1, None] + np.diff(knots)[:, None] * np.arange(3) / 3).ravel(), 1.0)
    value = sp.lambdify((t, x), u, "numpy")
    states = np.stack([value(time, space.places(0)[:, 0]) for time in times])
    return evolving_field(space, knots, states, 1, (1,)), u


def test_a_polynomial_in_time_within_every_step() -> None:
    points = np.random.default_rng(61).uniform(0, 1, (50, 2))
    with double_precision():
        field, exact = evolving()
        jet = field.jet(jnp.asarray(points), [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1)])
        for index in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)):
            slope = sp.diff(exact, (t, index[0]), (x, index[1]))
            wanted = sp.lambdify((t, x), slope, "numpy")(*points.T)
            np.testing.assert_allclose(np.asarray(jet.derivative(index))[:, 0], wanted, atol=1e-10)
        wanted = sp.lambdify((t, x), exact, "numpy")(*points.T)
        np.testing.assert_allclose(field.numeric(points)[:, 0], wanted, atol=1e-13)
        half = sp.lambdify(x, exact.subs(t, 0.5), "numpy")
        places = Space(mesh_of(LINE, 0.25), (2,), degree=4).places(0)[:, 0]
        np.testing.assert_allclose(field.states(0.5)[0], half(places), atol=1e-13)


def test_after_the_last_state_the_answer_is_held() -> None:
    with double_precision():
        field, exact = evolving()
        late = np.array([[1.0, 0.3], [1.5, 0.3]])
        values = field.numeric(late)[:, 0]
        assert values[0] == values[1] == pytest.approx(float(exact.subs({t: 1, x: 0.3})))


def test_save_and_load(tmp_path: Path) -> None:
    u = unknown("u", t, x)
    steady = Problem(Disc((0, 0), 1), Eq(-laplacian(v), 1), [dirichlet(v, 0)])
    conditions = [initial(u, x * (1 - x)), dirichlet(u, 0)]
    moving = Problem(Box(t=(0, 1), x=(0, 1)), Eq(u.diff(t), laplacian(u)), conditions)
    with double_precision():
        fields = made(Disc((0, 0), 1), 0.5, 3, sp.sin(x) + y), evolving()[0]
    places = inside(Disc((0, 0), 1)), np.random.default_rng(67).uniform(0, 1, (40, 2))
    for problem, field, points in zip((steady, moving), fields, places, strict=True):
        kept = Solution(problem, field, Result.SUCCESSFUL, certificate=Certificate())
        again = load(kept.save(tmp_path / f"{field.steady}.rs"))
        assert isinstance(again.field, ElementField)
        np.testing.assert_array_equal(again.at(points), kept.at(points))
        index = (1, 0)
        np.testing.assert_array_equal(again.at(points, index), kept.at(points, index))
