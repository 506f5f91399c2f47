"""Measured from a known field: what is solved for is what that field is off by."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import Field, Monitor, double_precision
from residuum.discretise.elements import Levels, System, initial_state, solve_steady
from residuum.discretise.elements._offset import Offset, derivatives
from residuum.discretise.elements._space import Space
from residuum.geometry import Box
from residuum.geometry.mesh import mesh_of
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    grad,
    initial,
    initial_rate,
    integral,
    laplacian,
    neumann,
    point_value,
    robin,
    unknown,
    weak_form,
)
from residuum.problem import div as divergence
from tests.discretise.elements._posed import (
    CUBIC,
    SQUARE,
    Exact,
    around,
    forced,
    interpolated,
    sides,
    t,
    v,
    x,
    y,
)

WRONG = 0.3 * sp.sin(3 * x + y) * sp.exp(x) + 0.1
"""What an answer is off by: no polynomial, and not zero on the boundary."""


def measured(problem: Problem, orders: tuple[int, ...], guess: Field) -> System:
    assert problem.shape is not None
    space = Space(mesh_of(problem.shape, 0.2), orders, degree=12)
    return System(problem, weak_form(problem), space, offset=guess)


def off(exact: Exact, guess: tuple[Any, ...], system: System, moment: float = 0.0) -> np.ndarray:
    """Return the exact solution less the guess at the degrees of freedom."""
    wrong = {u: sp.sympify(exact[u]) - g for u, g in zip(exact, guess, strict=True)}
    return interpolated(system, wrong, moment)


@pytest.mark.parametrize(
    ("left", "kinds"),
    [
        (-divergence((1 + x * y) * grad(v)) + v.diff(x), ("dirichlet",)),
        (-divergence((1 + v**2) * grad(v)) + v**3, ("dirichlet",)),
        (-laplacian(v) + v, ("robin", 2, 1)),
    ],
)
def test_a_cubic_error_of_any_guess_is_found_to_rounding(left: Any, kinds: Any) -> None:
    exact = WRONG + CUBIC
    every = dict.fromkeys(SQUARE.parts, kinds)
    problem = Problem(SQUARE, forced(left, {v: exact}, (x, y)), sides(v, exact, SQUARE, every))
    with double_precision():
        system = measured(problem, (3,), ExpressionField((WRONG,), problem.coordinates))
        found = solve_steady(system)
        wanted = off({v: exact}, (WRONG,), system)
    assert found.result.ok
    # Cubic elements hold the error itself; quadrature of the smooth guess is exact to 2e-11.
    assert np.abs(found.state - wanted)[: system.space.size].max() < 1e-8


def test_a_constant_that_nothing_fixes_is_measured_too() -> None:
    mean = sp.Rational(1, 4)
    kinds = dict.fromkeys(SQUARE.parts, ("neumann",))
    exact = x**2 * y - y**3 + sp.Rational(1, 3)  # its mean over the square is 1/4
    conditions = [*sides(v, exact, SQUARE, kinds), integral(v, mean)]
    problem = Problem(SQUARE, forced(-laplacian(v), {v: exact}, (x, y)), conditions)
    guess = x * y + 5
    with double_precision():
        system = measured(problem, (3,), ExpressionField((guess,), problem.coordinates))
        found = solve_steady(system)
        wanted = off({v: exact}, (guess,), system)
    # The condition of the Neumann matrix with its border is 1e5: 1e-16 times that, and some.
    assert np.abs(found.state - wanted)[: system.space.size].max() < 1e-9


def test_a_pressure_and_its_point_value_are_measured() -> None:
    a, b, p = unknown("a", "b", "p", x, y)
    exact = {a: y * (1 - y), b: sp.Integer(0), p: 2 - x / 5}
    parts = ("x_min", "x_max", "y_min", "y_max")
    conditions = [c for w in (a, b) for c in around(w, exact[w], SQUARE)]
    conditions += [point_value(p, 2, at={"x": 0, "y": 0})]
    equations = [
        forced(a * a.diff(x) + b * a.diff(y) + p.diff(x) - laplacian(a) / 10, exact, (x, y)),
        forced(a * b.diff(x) + b * b.diff(y) + p.diff(y) - laplacian(b) / 10, exact, (x, y)),
        Eq(divergence([a, b]), 0),
    ]
    problem = Problem(SQUARE, equations, conditions)
    guess = (y * (1 - y) + y**2 / 3, x * y / 4 - x**2 / 5, x + 3)
    with double_precision():
        system = measured(problem, (3, 3, 2), ExpressionField(guess, problem.coordinates))
        found = solve_steady(system)
        wanted = off(exact, guess, system)
    assert len(parts) == 4 and found.result.ok
    # Newton's method stops at 1e-10 of the first residual, which is of size one.
    assert np.abs(found.state - wanted)[: system.space.size].max() < 1e-8


def test_initial_values_and_rates_are_measured() -> None:
    u = unknown("u", t, x)
    wave = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t, 2), divergence(grad(u))),
        [
            initial(u, x**2),
            initial_rate(u, x),
            neumann(u, 0, on="x_min"),
            dirichlet(u, t + sp.Integer(1), on="x_max"),
        ],
    )
    guess = sp.cos(t) * x**3 + t**2 * x + 3 * t * x
    with double_precision():
        system = measured(wave, (3, 3), ExpressionField((guess,), wave.coordinates))
        start = initial_state(system)
        exact = {u: x**2 + x * t}
        wanted = off(exact, (guess,), system)
        _, held = system.fixed(0.5)
        _, rates = system.fixed_rate(0.5)
    assert np.abs(start - wanted).max() < 1e-14
    slope = -sp.sin(t) + 2 * t + 3
    missing = [1 + t - guess.subs(x, 1), 1 - slope]
    assert sorted(held) == pytest.approx(sorted(float(m.subs(t, 0.5)) for m in missing))
    curve = [1 - slope, -sp.diff(slope, t)]
    assert sorted(rates) == pytest.approx(sorted(float(m.subs(t, 0.5)) for m in curve))


def test_levels_measure_from_a_field() -> None:
    exact = sp.sin(x) * sp.cosh(y)
    problem = Problem(SQUARE, Eq(-laplacian(v), 0), around(v, exact, SQUARE))
    field = ExpressionField((exact,), problem.coordinates)
    with double_precision():
        levels = Levels(problem, weak_form(problem), 2, None, adapt=False, monitor=Monitor())
        levels.offset = field
        system = levels.system(mesh_of(SQUARE, 0.3))
        found = solve_steady(system)
    # The field is the solution: what is missing is rounding and quadrature of degree 4.
    assert np.abs(found.state).max() < 1e-6


class Corner(Field):
    """x y / (x + y): no value in the corner of the square."""

    scale: float = 1.0

    def jet(self, points: Any, indices: Any) -> Any:
        field = ExpressionField((x * y / (x + y),), (x, y))
        return field.jet(points, indices) * self.scale


def test_a_field_without_a_value_in_a_corner_is_read_beside_it() -> None:
    points = np.array([[0.0, 0.0], [1.0, 1.0], [0.25, 0.5]])
    with double_precision():
        found = derivatives(Corner(), points, [(0, 0)])[0, 0]
        with pytest.raises(FloatingPointError, match="not finite"):
            derivatives(Corner(np.nan), points, [(0, 0)])
    # It is continuous there: 1e-8 beside the corner its value is below 1e-8.
    assert found[:, 0] == pytest.approx([0.0, 0.5, 1 / 6], abs=1e-8)


def test_many_points_are_taken_in_chunks() -> None:
    points = np.random.default_rng(5).random((5001, 2))
    with double_precision():
        field = ExpressionField((x**3 * y,), (x, y))
        found = derivatives(field, points, [(1, 1), (2, 0)])
        plain = np.asarray(field.jet(jnp.asarray(points), [(1, 1)]).derivative((1, 1)))
    assert np.allclose(found[1, 1], plain, rtol=1e-14)
    assert np.allclose(found[2, 0][:, 0], 6 * points[:, 0] * points[:, 1], rtol=1e-14)


def test_places_are_looked_up_once_per_time() -> None:
    u = unknown("u", t, x)
    statement = Problem(
        Box(t=(0, 1), x=(0, 1)),
        Eq(u.diff(t), divergence(grad(u))),
        [initial(u, 0), dirichlet(u, 0, on="x_min"), robin(u, 0, a=1, b=1, on="x_max")],
    )
    with double_precision():
        offset = Offset(weak_form(statement), ExpressionField((t * x**2,), statement.coordinates))
        places = np.linspace(0, 1, 5)[:, None]
        first = offset.at(0, places, 0.5)
        assert offset.at(0, places, 0.5) is not None and len(offset._kept) == 1
        assert np.allclose(offset.at(0, places, 0.5, rate=True), places[:, 0] ** 2)
    assert np.allclose(first, 0.5 * places[:, 0] ** 2)
