"""The statement at points: derivatives needed, values, slopes, coefficients in every spelling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import residuum as rs
from residuum._core import ProblemError, double_precision, generator
from residuum.problem import ExpressionField, GridFunction, pointwise
from residuum.problem._pointwise import Pointwise, Slot, known_jet

from ._statements import STATEMENTS, UNIT, bar, burgers, cavity, history, plate, t, u, v, w, x, y


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    with double_precision():
        yield


def compiled(grid: GridFunction) -> Any:
    """A grid as one program."""
    return eqx.filter_jit(grid)


def at_random(n: int, d: int) -> jax.Array:
    return jnp.asarray(generator(13).uniform(0.1, 0.9, (n, d)))


def residual_of(problem: rs.Problem, exact: tuple[Any, ...], i: int, points: jax.Array) -> Any:
    """Value of a residual for known functions in place of the unknowns."""
    at = pointwise(problem, problem.residuals[i])

    @jax.jit
    def compute(place: jax.Array) -> Any:
        jet = ExpressionField(exact, problem.coordinates).jet(place, at.indices)
        return at(place, {(c, k): jet.derivative(k)[:, c] for c, k in at.slots})

    return compute(points)


def test_slots_are_the_derivatives_needed_each_once() -> None:
    at = pointwise(burgers(), burgers().residuals[0])
    assert set(at.slots) == {(0, (0, 0)), (0, (1, 0)), (0, (0, 1)), (0, (0, 2))}
    assert len(at.slots) == 4
    assert at.zero == (0, 0)


def test_slots_name_the_component() -> None:
    problem = cavity(1.0)
    names = [str(item.func) for item in problem.unknowns]
    divergence = pointwise(problem, problem.residuals[2])
    needed = {(names.index("a"), (1, 0)), (names.index("b"), (0, 1))}
    assert needed <= set(divergence.slots)
    assert names.index("p") not in {component for component, _ in divergence.slots}
    first = pointwise(problem, problem.residuals[0])
    assert (names.index("p"), (1, 0)) in first.slots
    assert set(first.indices) == {(0, 0), (1, 0), (0, 1), (2, 0), (0, 2)}


def test_a_mixed_derivative_is_one_slot() -> None:
    at = pointwise(plate(rs.Eq(v.diff(x, y), 1)), v.diff(y, x) + v.diff(x, y))
    assert [slot for slot in at.slots if sum(slot[1])] == [(0, (1, 1))]


def test_the_value_is_no_slot_where_only_derivatives_occur() -> None:
    problem = bar(rs.Eq(-w.diff(x, 2), 1))
    assert pointwise(problem, problem.residuals[0]).slots == ((0, (2,)),)


@pytest.mark.parametrize("name", ["burgers", "varying", "callable_coefficient", "gray_scott"])
def test_residuals_of_chosen_functions_agree_with_sympy(name: str) -> None:
    problem = STATEMENTS[name]()
    points = at_random(9, len(problem.coordinates))
    chosen = tuple(
        sp.exp(-sum(problem.coordinates)) * sp.sin(sum(problem.coordinates) + i)
        for i in range(len(problem.unknowns))
    )
    for i, residual in enumerate(problem.residuals):
        (k,) = problem.coefficients or (None,)
        known = {k: 1 + x**2} if k is not None else {}
        exact = residual.subs(known).subs(dict(zip(problem.unknowns, chosen, strict=True))).doit()
        expected = sp.lambdify(problem.coordinates, exact, "numpy")(*np.asarray(points).T)
        found = residual_of(problem, chosen, i, points)
        # Second derivatives of products in double precision.
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_slopes_are_the_derivatives_by_slot() -> None:
    at = pointwise(burgers(), burgers().residuals[0])
    points = at_random(5, 2)
    random = generator(17)
    values: dict[Slot, Any] = {s: jnp.asarray(random.normal(size=5)) for s in at.slots}
    slopes = at.slopes(points, values)
    zero, by_t, by_x, by_xx = ((0, k) for k in ((0, 0), (1, 0), (0, 1), (0, 2)))
    np.testing.assert_allclose(slopes[by_t], 1.0, rtol=1e-15)
    np.testing.assert_allclose(slopes[by_x], values[zero], rtol=1e-15)
    np.testing.assert_allclose(slopes[zero], values[by_x], rtol=1e-15)
    np.testing.assert_allclose(slopes[by_xx], -0.01 / np.pi, rtol=1e-14)


def test_slopes_agree_with_finite_differences() -> None:
    equation = rs.Eq(sp.sin(w.diff(x)) * w**2 + sp.exp(w * x), w.diff(x, 2) ** 3)
    at = pointwise(bar(equation), bar(equation).residuals[0])
    points, random, step = at_random(4, 1), generator(19), 1e-6
    values: dict[Slot, Any] = {s: jnp.asarray(random.normal(size=4)) for s in at.slots}
    slopes, rule = at.slopes(points, values), jax.jit(lambda inner: at(points, inner))
    for slot in at.slots:
        more, less = ({**values, slot: values[slot] + h} for h in (step, -step))
        # Central differences: step² = 1e-12 of truncation, 1e-16/step = 1e-10 of rounding.
        difference = (rule(more) - rule(less)) / (2 * step)
        np.testing.assert_allclose(slopes[slot], difference, rtol=1e-8, atol=1e-8)


def test_a_constant_residual_has_the_shape_of_the_points() -> None:
    at = pointwise(bar(rs.Eq(-w.diff(x, 2), 1)), sp.Integer(3))
    assert at.slots == ()
    assert at(at_random(6, 1), {}).tolist() == [3.0] * 6


def test_normals_fill_the_symbols_of_the_boundary() -> None:
    problem = plate(rs.Eq(-rs.laplacian(v), 1))
    at = pointwise(problem, rs.neumann(v, 0).expression((x, y)))
    normals = jnp.asarray([[0.6, 0.8]])
    values: dict[Slot, Any] = {(0, (1, 0)): jnp.asarray([2.0]), (0, (0, 1)): jnp.asarray([3.0])}
    values[0, (0, 0)] = jnp.asarray([100.0])
    # One sum of two products.
    assert float(at(jnp.zeros((1, 2)), values, normals=normals)[0]) == pytest.approx(3.6, rel=1e-15)


def test_parameters_are_passed_by_name_or_filled_in() -> None:
    D = rs.parameter("D", bounds=(0.1, 2.0))
    problem = history(rs.Eq(u.diff(t), D * u.diff(x, 2)))
    values: dict[Slot, Any] = {
        (0, (1, 0)): jnp.ones(1),
        (0, (0, 2)): jnp.full(1, 4.0),
        (0, (0, 0)): jnp.ones(1),
    }
    points = jnp.zeros((1, 2))
    at = pointwise(problem, problem.residuals[0])
    assert float(at(points, values, parameters={"D": 0.25})[0]) == 0.0
    filled = problem.replace(given={"D": 0.5})
    assert float(pointwise(filled, filled.residuals[0])(points, values)[0]) == -1.0
    with pytest.raises(ProblemError, match="none for D"):
        at(points, values)


def test_parameters_of_robin_factors_are_filled_in() -> None:
    h = rs.parameter("h", 2.0)
    problem = bar(rs.Eq(-w.diff(x, 2), 1), rs.robin(w, 0, a=h))
    at = pointwise(problem, problem.conditions[0].expression(problem.space))
    values: dict[Slot, Any] = {(0, (0,)): jnp.ones(1), (0, (1,)): jnp.zeros(1)}
    assert float(at(jnp.zeros((1, 1)), values, normals=jnp.ones((1, 1)))[0]) == 2.0


SPELLINGS: dict[str, Any] = {
    "number": 2.0,
    "expression": 1 + x**2,
    "function": lambda s: 1 + s**2,
    "grid": ((np.linspace(0, 1, 2001),), 1 + np.linspace(0, 1, 2001) ** 2),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_coefficients_in_every_spelling(spelling: str) -> None:
    k = rs.coefficient("k", x)
    problem = bar(rs.Eq(-rs.div(k * rs.grad(w)), 1), given={"k": SPELLINGS[spelling]})
    points = at_random(7, 1)
    s = np.asarray(points)[:, 0]
    value, slope = (2.0, 0.0) if spelling == "number" else (1 + s**2, 2 * s)
    # w = x³: -(k w')' - 1
    expected = -(slope * 3 * s**2 + value * 6 * s) - 1
    found = residual_of(problem, (x**3,), 0, points)
    # On a grid of spacing h the slope is that of the chord: wrong by at most h k''/2 = 5e-4,
    # times 3x²; everything else is rounding.
    np.testing.assert_allclose(found, expected, atol=2e-3 if spelling == "grid" else 1e-12)


def test_a_coefficient_of_some_coordinates_gets_their_columns() -> None:
    k = rs.coefficient("k", y)
    problem = plate(rs.Eq(-rs.laplacian(v) + k * v, 0), given={"k": lambda s: 10 * s})
    points = at_random(5, 2)
    found = residual_of(problem, (sp.Integer(1),), 0, points)
    np.testing.assert_allclose(found, 10 * points[:, 1], rtol=1e-15)


def test_a_coefficient_may_return_a_constant() -> None:
    k = rs.coefficient("k", x)
    problem = bar(rs.Eq(-w.diff(x, 2) + k * w, 0), given={k: lambda s: 3.0})
    assert residual_of(problem, (sp.Integer(2),), 0, at_random(4, 1)).tolist() == [6.0] * 4


@pytest.mark.parametrize(
    ("index", "exact"),
    [
        ((1, 0), lambda a, b: 2 * a * np.sin(b)),
        ((0, 1), lambda a, b: a**2 * np.cos(b)),
        pytest.param((1, 1), lambda a, b: 2 * a * np.cos(b)),
        pytest.param((0, 2), lambda a, b: -(a**2) * np.sin(b)),
        pytest.param((1, 2), lambda a, b: -2 * a * np.sin(b)),
    ],
)
def test_derivatives_of_given_functions_are_exact(index: tuple[int, int], exact: Any) -> None:
    points = at_random(6, 2)
    # The function takes the second coordinate first.

    def compute(place: jax.Array) -> jax.Array:
        jet = known_jet(lambda b, a: jnp.sin(b) * a**2, place, [1, 0], [index])
        return jet.derivative(index)[:, 0]

    expected = exact(*np.asarray(points).T)
    # Sines, cosines and two products.
    np.testing.assert_allclose(jax.jit(compute)(points), expected, rtol=1e-13)


def test_equal_statements_are_equal_and_share_their_hash() -> None:
    problem = burgers()
    one, two = (pointwise(problem, problem.residuals[0]) for _ in range(2))
    assert one == two and hash(one) == hash(two)
    assert one != pointwise(problem, u)
    assert one != "something else"


def test_statements_with_different_functions_differ() -> None:
    k = rs.coefficient("k", x)
    equation = rs.Eq(-rs.div(k * rs.grad(w)), 1)
    problems = [bar(equation, given={"k": rule}) for rule in (lambda s: s + 1, lambda s: s + 2)]
    one, two = (pointwise(p, p.residuals[0]) for p in problems)
    assert one != two


def test_one_problem_on_a_grid_gives_equal_statements() -> None:
    k = rs.coefficient("k", x)
    problem = bar(rs.Eq(-rs.div(k * rs.grad(w)), 1), given={"k": SPELLINGS["grid"]})
    one, two = (pointwise(problem, problem.residuals[0]) for _ in range(2))
    assert one == two


def test_unexpanded_derivatives_are_refused() -> None:
    at = Pointwise(sp.Derivative(w**2, x, evaluate=False), (x,), (w,))
    with pytest.raises(ProblemError, match="derivatives of unknowns"):
        _ = at.slots


def test_grids_interpolate_linear_functions_exactly() -> None:
    axes = (np.array([0.0, 0.3, 1.0]), np.array([-1.0, 0.0, 0.1, 2.0]))
    a, b = np.meshgrid(*axes, indexing="ij")
    grid = GridFunction(axes, 3 * a - 2 * b + a * b)
    random = generator(23)
    s, r = random.uniform(0, 1, 50), random.uniform(-1, 2, 50)
    # Bilinear in each cell, so exact up to rounding.
    np.testing.assert_allclose(compiled(grid)(s, r), 3 * s - 2 * r + s * r, atol=1e-14)


def test_grids_are_constant_beyond_their_ends() -> None:
    grid = GridFunction((np.array([0.0, 1.0, 2.0]),), np.array([5.0, 7.0, 4.0]))
    assert compiled(grid)(np.array([-3.0, 0.0, 1.0, 2.0, 9.0])).tolist() == [5, 5, 7, 4, 4]


def test_one_value_per_cell_makes_a_step_function() -> None:
    grid = GridFunction((np.array([0.0, 1.0, 3.0]),), np.array([5.0, 7.0]))
    places = np.array([-9.0, 0.0, 0.999, 1.0, 2.0, 3.0, 9.0])
    assert compiled(grid)(places).tolist() == [5, 5, 5, 7, 7, 7, 7]
    slopes = jax.jit(jax.vmap(jax.grad(lambda s: grid(s))))(jnp.asarray([0.5, 2.0, 5.0]))
    assert slopes.tolist() == [0, 0, 0]
    plane = GridFunction((np.arange(3.0), np.arange(4.0)), np.arange(6.0).reshape(2, 3))
    assert compiled(plane)(np.array([0.5, 1.5]), np.array([2.5, 0.5])).tolist() == [2, 3]


def test_grids_have_the_slope_of_the_chord() -> None:
    grid = GridFunction((np.array([0.0, 1.0, 3.0]),), np.array([0.0, 2.0, 3.0]))
    slopes = jax.jit(jax.vmap(jax.grad(lambda s: grid(s))))(jnp.asarray([0.5, 2.0, 5.0]))
    assert slopes.tolist() == [2.0, 0.5, 0.0]


def test_a_grid_in_three_coordinates_meets_its_nodes() -> None:
    axes = tuple(np.sort(generator(29).uniform(0, 1, n)) for n in (3, 4, 5))
    values = generator(31).normal(size=(3, 4, 5))
    nodes = np.meshgrid(*axes, indexing="ij")
    # The weights of a node are 0 and 1 up to one rounding.
    found = compiled(GridFunction(axes, values))(*nodes)
    np.testing.assert_allclose(found, values, atol=1e-14)


def test_the_domain_of_a_grid_may_be_smaller_than_the_problem() -> None:
    k = rs.coefficient("k", x)
    problem = rs.Problem(UNIT, rs.Eq(k * w, 1), given={"k": (([0.4, 0.6],), [1.0, 3.0])})
    found = residual_of(problem, (sp.Integer(1),), 0, jnp.asarray([[0.0], [0.5], [1.0]]))
    # One division by 0.2.
    np.testing.assert_allclose(found, [0.0, 1.0, 2.0], atol=1e-14)


@pytest.mark.parametrize(
    "index", [(0, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (0, 2, 0), (1, 0, 0)]
)
def test_derivatives_of_a_table_are_those_that_jax_finds(index: tuple[int, int, int]) -> None:
    random = np.random.default_rng(5)
    axes = np.array([0.0, 0.2, 0.7, 1.0]), np.array([-1.0, 0.0, 3.0])
    points = random.uniform(-1.5, 3.5, size=(40, 3))
    with jax.enable_x64(True):
        table = GridFunction(axes, random.normal(size=(4, 3)))
        plain = known_jet(table, points, [1, 2], [index]).derivative(index)
        traced = jax.jit(lambda p: known_jet(table, p, [1, 2], [index]).derivative(index))(points)
    np.testing.assert_allclose(plain, traced, atol=1e-12)
