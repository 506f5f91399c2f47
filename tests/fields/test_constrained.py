"""Hard conditions hold to rounding, whatever the weights."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from jax import Array

from residuum._core import LinearField, in_double_precision
from residuum.fields import Constrained, Frame, RandomTanh, constrain, frame_of
from residuum.geometry import Box, Disc, Polygon
from residuum.problem import (
    Condition,
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    div,
    grad,
    hard_conditions,
    initial,
    initial_rate,
    laplacian,
    scaling,
    space,
    time,
    unknown,
)

t = time("t")
x, y = space("x", "y")
u = unknown("u", t, x)
w = unknown("w", x, y)
v = unknown("v", t, x, y)


def burgers() -> Problem:
    flow = Eq(u.diff(t) + div(u**2 / 2), div(0.01 * grad(u)))
    conditions = [initial(u, -sp.sin(sp.pi * x)), dirichlet(u, 0)]
    return Problem(Box(t=(2, 5), x=(-1, 1)), flow, conditions)


def wave() -> Problem:
    conditions = [initial(u, sp.sin(sp.pi * x)), initial_rate(u, 3 * x * (1 - x)), dirichlet(u, 0)]
    return Problem(Box(t=(1, 2), x=(0, 1)), Eq(u.diff(t, 2), laplacian(u)), conditions)


def opposite() -> Problem:
    """Different values on opposite sides, one of them moving in time."""
    conditions = [
        initial(u, 1 + 2 * x / 3),
        dirichlet(u, 1 + sp.sin(t), on="x_min"),
        dirichlet(u, 3 + t, on="x_max"),
    ]
    return Problem(Box(t=(0, 2), x=(0, 3)), Eq(u.diff(t), laplacian(u)), conditions)


def four_sides() -> Problem:
    conditions = [
        dirichlet(w, y, on="x_min"),
        dirichlet(w, 2 + 3 * y, on="x_max"),
        dirichlet(w, x, on="y_min"),
        dirichlet(w, 1 + 2 * x, on="y_max"),
    ]
    return Problem(Box(x=(0, 2), y=(0, 1)), Eq(laplacian(w), 1), conditions)


def disc() -> Problem:
    return Problem(Disc((1, 2), 0.5), Eq(laplacian(w), 1), [dirichlet(w, x * y - x)])


def polygon() -> Problem:
    shape = Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)])
    return Problem(shape, Eq(laplacian(w), 1), [dirichlet(w, sp.exp(x) + y)])


def evolving_disc() -> Problem:
    conditions = [initial(v, x**2 + y**2), dirichlet(v, x**2 + y**2 + t)]
    shape = Disc((0, 0), 2).over(t=(0, 1))
    return Problem(shape, Eq(v.diff(t), laplacian(v)), conditions)


PROBLEMS = [burgers, wave, opposite, four_sides, disc, polygon, evolving_disc]


@eqx.filter_jit
def values_and_rates(field: LinearField, points: Array, rate: bool) -> tuple[Array, Array]:
    first = (1,) + (0,) * (points.shape[1] - 1)
    jet = field.jet(points, [first] if rate else [])
    return jet.value[:, 0], jet.derivative(first)[:, 0] if rate else jet.value[:, 0]


def random_field(problem: Problem) -> Constrained:
    sizes = scaling(problem)
    free = RandomTanh(9).build(frame_of(problem, sizes), 5)
    head = np.random.default_rng(73).normal(size=free.head.shape)
    hard = hard_conditions(problem)
    assert hard.weighted == () and len(hard.enforced) == len(problem.conditions)
    return constrain(free.with_head(jnp.asarray(head)), problem, hard, sizes)


def points_of(problem: Problem, condition: Condition, n: int = 40) -> np.ndarray:
    shape, random = problem.shape, np.random.default_rng(79)
    assert shape is not None
    start, end = problem.interval or (0.0, 0.0)
    if condition.on == "initial":
        inside = shape.sample(n, key=11)
        return np.column_stack([np.full(len(inside), start), inside])
    edge = shape.sample_boundary(n, part=condition.on, key=11)
    if problem.interval is None:
        return edge
    return np.column_stack([random.uniform(start, end, len(edge)), edge])


def wanted(condition: Condition, problem: Problem, points: np.ndarray) -> np.ndarray:
    function = sp.lambdify(problem.coordinates, condition.value, "numpy")
    found: np.ndarray = np.broadcast_to(function(*points.T), len(points))
    return found


@pytest.mark.parametrize("make", PROBLEMS, ids=lambda make: str(make.__name__))
@in_double_precision
def test_conditions_hold_to_rounding(make: Callable[[], Problem]) -> None:
    problem = make()
    field = random_field(problem)
    places = [points_of(problem, c) for c in problem.conditions]
    inside = problem.domain.sample(40, key=11)
    wave_like = any(c.kind == "initial_rate" for c in problem.conditions)
    every = jnp.asarray(np.concatenate([*places, inside]))
    value, rate = (np.asarray(part) for part in values_and_rates(field, every, wave_like))
    start = 0
    for condition, points in zip(problem.conditions, places, strict=True):
        found = (rate if condition.kind == "initial_rate" else value)[start : start + len(points)]
        start += len(points)
        # Points are on a boundary to rounding, and there distance · weights is rounding, too.
        # Measured: at most 2e-14.
        np.testing.assert_allclose(
            found, wanted(condition, problem, points), rtol=0, atol=1e-12, err_msg=str(condition)
        )
    # The weights do move the field inside.
    lift = field.lift(jnp.asarray(inside))[:, 0]
    assert float(np.abs(value[start:] - lift).max()) > 0.1 * field.sizes[0]


@in_double_precision
def test_the_sizes_are_those_of_the_unknowns() -> None:
    problem = opposite()
    field = random_field(problem)
    assert field.sizes == tuple(scaling(problem).magnitudes) and field.sizes[0] > 3
    twice = field.with_head(2 * field.head)
    points = jnp.asarray([[0.7, 1.1], [1.9, 2.0]])
    lift = field.lift(points)
    # Doubling is exact, and adding the lift rounds once.
    np.testing.assert_allclose(twice(points) - lift, 2 * (field(points) - lift), rtol=1e-13)
    assert isinstance(twice, Constrained) and twice.field.head is twice.head


@in_double_precision
def test_without_hard_conditions_the_field_is_free() -> None:
    problem = disc()
    sizes = scaling(problem)
    free = RandomTanh(9).build(frame_of(problem, sizes), 5)
    free = free.with_head(jnp.ones_like(free.head))
    field = constrain(free, problem, hard_conditions(problem, enforce=False), sizes)
    points = jnp.asarray([[1.1, 2.2], [0.9, 1.8]])
    expected = np.asarray(free(points)) * sizes.magnitudes[0]
    np.testing.assert_allclose(field(points), expected, rtol=1e-14)


@in_double_precision
def test_conditions_inside_conditions() -> None:
    """The inner lift is a part that does not depend on the head, and is scaled like the rest."""
    free = RandomTanh(4).build(Frame(np.zeros(2), np.ones(2), (), 1), 5)
    free = free.with_head(jnp.ones_like(free.head))
    inner = Constrained(
        free, ExpressionField((x + 2,), (x, y)), ExpressionField((1 - x**2,), (x, y)), (3.0,)
    )
    outer = Constrained(
        inner, ExpressionField((y * x,), (x, y)), ExpressionField((1 + y,), (x, y)), (5.0,)
    )
    places = np.array([[0.5, 0.25], [-0.75, 0.5]])
    points, (a, b) = jnp.asarray(places), places.T
    plain = np.asarray(free(points))[:, 0]
    expected = 5 * (1 + b) * (3 * (1 - a**2) * plain + a + 2) + a * b
    # A handful of roundings of numbers up to a hundred.
    np.testing.assert_allclose(outer(points)[:, 0], expected, rtol=1e-13)
    features, offset = outer.features(points, [], 0).value, outer.offset(points, [], 0).value
    np.testing.assert_allclose(features @ outer.head + offset, outer(points), rtol=1e-13)
