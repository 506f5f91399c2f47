"""Derivatives of element solves: against differences, in both modes, and what they cost."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, SolveFailed, double_precision
from residuum.discretise.elements._adjoint import Differentiable
from residuum.discretise.elements._coefficient_values import GridValues
from residuum.discretise.elements._differentiable import differentiable
from residuum.problem import Eq, Problem, dirichlet, parameter
from tests.discretise.elements._open import OPEN, VALUES, Open, w
from tests.discretise.elements._posed import LINE, x

STEP = 1e-4


def weighted(solve: Differentiable) -> np.ndarray:
    """Return fixed weights for the degrees of freedom."""
    return np.random.default_rng(71).normal(size=solve.size) / np.sqrt(solve.size)


def measure(solve: Differentiable, numbers: np.ndarray) -> float:
    """Return a functional that is not linear in the solution."""
    return float(np.sin(weighted(solve) @ solve.solved(numbers)))


def gradient(solve: Differentiable, numbers: np.ndarray) -> np.ndarray:
    """Return its gradient."""
    weights = weighted(solve)
    return solve.pulled(numbers, np.cos(weights @ solve.solved(numbers)) * weights)


@pytest.mark.parametrize("name", OPEN)
def test_gradients_are_those_of_central_differences(name: str) -> None:
    solve = OPEN[name].made(tol=1e-12)
    numbers = OPEN[name].numbers(solve)
    found = gradient(solve, numbers)
    # Every parameter alone, and two directions in all numbers at once.
    count = len(solve.parametric.parameters)
    directions = [
        *np.eye(len(numbers))[:count],
        *np.random.default_rng(73).normal(size=(2, len(numbers))),
    ]
    for way in directions:
        # Two steps extrapolated: the fourth power of the step is left, and rounding over it.
        slopes = []
        for step in (STEP, 2 * STEP):
            up, down = (measure(solve, numbers + sign * step * way) for sign in (1, -1))
            slopes.append((up - down) / (2 * step))
        wanted = (4 * slopes[0] - slopes[1]) / 3
        assert found @ way == pytest.approx(wanted, rel=1e-6, abs=1e-9 * np.abs(found).max())


@pytest.mark.parametrize("name", ["nonlinear", "Stokes", "nonlinear, on nodes"])
def test_what_the_gradient_leaves_falls_with_the_square(name: str) -> None:
    solve = OPEN[name].made(tol=1e-12)
    numbers = OPEN[name].numbers(solve)
    way = np.random.default_rng(79).normal(size=len(numbers))
    value, slope = measure(solve, numbers), gradient(solve, numbers) @ way
    steps = [1e-2, 5e-3, 2.5e-3]
    left = [abs(measure(solve, numbers + e * way) - value - e * slope) for e in steps]
    orders = np.log2(np.array(left[:-1]) / left[1:])
    assert (np.abs(orders - 2) < 0.1).all(), orders


@pytest.mark.parametrize("name", OPEN)
def test_both_modes_are_one_derivative(name: str) -> None:
    solve = OPEN[name].made()
    numbers = OPEN[name].numbers(solve)
    random = np.random.default_rng(83)
    changes = random.normal(size=(3, len(numbers)))
    weights = random.normal(size=(2, solve.size))
    one = weights @ solve.pushed(numbers, changes).T
    other = solve.pulled(numbers, weights) @ changes.T
    # Linear solves are good to 1e-10 relative to the whole.
    np.testing.assert_allclose(one, other, atol=1e-8 * np.abs(one).max())


def test_a_coefficient_that_is_constant_acts_as_the_number() -> None:
    solve = OPEN["curved, on nodes"].made()
    shape = solve.parametric.tables["a"].shape
    weights = weighted(solve)
    # u depends on a, k and the source one by their ratios alone, and on g linearly.
    _, by, arrays = solve.value_and_gradient(
        lambda u, *_: u @ weights, {"k": 0.0, "g": 0.0}, {"a": np.full(shape, 2.0)}
    )
    value = weights @ solve.solved(np.array([0.0, 0.0, *np.full(shape, 2.0)]))
    assert arrays["a"].sum() * 2.0 == pytest.approx(-value, rel=1e-8)
    assert set(by) == {"k", "g"} and arrays["a"].shape == shape


def test_the_cost_of_a_gradient_by_a_thousand_numbers() -> None:
    nodes = np.linspace(0, 1, 33)
    grid = GridValues((nodes, nodes), stepped=True)
    problem = Open(OPEN["nonlinear, on a grid"].problem, {"k": 0.8}, {"a": grid, "b": grid_along()})
    solve = problem.made()
    numbers = problem.numbers(solve)
    assert len(numbers) > 1000
    solve.solved(numbers)
    steps = solve.newton
    gradient(solve, numbers)
    gradient(solve, numbers)
    # One more than Newton's method took, whatever is asked afterwards.
    assert solve.factorisations == 1 and solve.newton == steps


def grid_along() -> GridValues:
    """Return values along one axis."""
    return GridValues((np.linspace(0, 1, 5),))


def test_a_linear_problem_is_factored_once() -> None:
    solve = OPEN["Robin and Dirichlet"].made()
    numbers = OPEN["Robin and Dirichlet"].numbers(solve)
    with double_precision():

        def dofs(values: Any) -> Any:
            return solve({n: values[i] for i, n in enumerate(solve.parametric.parameters)})

        forward, backward = jax.jacfwd(dofs)(numbers), jax.jacrev(dofs)(numbers)
        np.testing.assert_allclose(forward, backward, atol=1e-8 * float(jnp.abs(forward).max()))
    assert solve.factorisations == 1 and solve.newton == 0


def test_calls_under_transformations_agree_with_plain_ones() -> None:
    solve = OPEN["nonlinear, on cells"].made()
    arrays = OPEN["nonlinear, on cells"].arrays(solve)
    weights = weighted(solve)

    def total(u: Any, given: Any, tables: Any) -> Any:
        return jnp.sin(u @ weights) + given["k"] ** 2 + tables["b"].sum()

    value, by, tables = solve.value_and_gradient(total, {"k": 0.8}, arrays)
    with double_precision():

        def whole(given: Any, fields: Any) -> Any:
            return total(solve(given, fields), given, fields)

        found = jax.jit(jax.value_and_grad(whole, (0, 1)))({"k": 0.8}, arrays)
        assert float(found[0]) == pytest.approx(value, rel=1e-12)
        assert float(found[1][0]["k"]) == pytest.approx(by["k"], rel=1e-10)
        for name, wanted in tables.items():
            np.testing.assert_allclose(found[1][1][name], wanted, atol=1e-10)
        many = jax.vmap(lambda one: whole({"k": one}, arrays))(jnp.array([0.8, 1.1]))
        assert float(many[0]) == pytest.approx(value, rel=1e-12) and many[1] != many[0]


def test_outside_double_precision_results_are_rounded() -> None:
    solve = OPEN["line"].made()
    found = solve(VALUES)
    assert found.dtype == jnp.float32 and found.shape == (solve.size,)
    by = jax.grad(lambda k: solve({**VALUES, "k": k}).sum())(0.8)
    _, wanted, _ = solve.value_and_gradient(lambda u, *_: u.sum(), VALUES)
    assert float(by) == pytest.approx(wanted["k"], rel=1e-5)


def test_the_same_numbers_give_the_same_solution_in_any_order() -> None:
    solve = OPEN["nonlinear"].made()
    numbers = OPEN["nonlinear"].numbers(solve)
    first = solve.solved(numbers)
    for factor in (1.1, 1.2, 1.3):
        solve.solved(factor * numbers)
    np.testing.assert_array_equal(solve.solved(numbers), first)


def test_second_derivatives_are_refused() -> None:
    solve = OPEN["line"].made()
    with pytest.raises(OptionError, match="first derivatives"):
        jax.hessian(lambda k: solve({**VALUES, "k": k}).sum())(0.8)


def test_a_solve_that_fails_is_no_answer() -> None:
    solve = OPEN["Robin and Dirichlet"].made()
    with pytest.raises(SolveFailed, match="stagnated"):
        solve({"k": 0.0, "h": 0.0, "g": 1.0})
    with pytest.raises(SolveFailed, match="not finite"):
        solve({**VALUES, "k": float("nan")})
    with pytest.raises(SolveFailed, match="functional"):
        solve.value_and_gradient(lambda u, *_: jnp.log(-(u @ u)), VALUES)
    # It can still be used.
    assert np.isfinite(np.asarray(solve(VALUES))).all()


def test_a_nonlinear_problem_without_solution_is_no_answer() -> None:
    # Bratu's problem on a line has a solution up to 3.51 and none beyond.
    rate = parameter("rate", bounds=(0.0, 10.0))
    equation = Eq(-w.diff(x, x), rate * sp.exp(w))
    solve = differentiable(Problem(LINE, equation, [dirichlet(w, 0)]), 0.1)
    middle = solve.reading([[0.5]])
    assert float(middle(solve({"rate": 1.0}))[0]) == pytest.approx(0.1405392, abs=1e-5)
    with pytest.raises(SolveFailed, match="a solution for these numbers"):
        solve({"rate": 6.0})


def test_numbers_must_be_named_and_shaped_as_declared() -> None:
    solve = OPEN["nonlinear, on a grid"].made()
    arrays = OPEN["nonlinear, on a grid"].arrays(solve)
    with pytest.raises(OptionError, match="the parameters k"):
        solve({}, arrays)
    with pytest.raises(OptionError, match="the coefficients a, b"):
        solve({"k": 1.0}, {"a": arrays["a"]})
    with pytest.raises(OptionError, match=r"a of shape \(5, 5\)"):
        solve({"k": 1.0}, {**arrays, "a": arrays["b"]})


def test_the_field_is_the_solution() -> None:
    solve = OPEN["Stokes"].made()
    found = solve.solved(OPEN["Stokes"].numbers(solve))
    points = np.random.default_rng(89).uniform(0, 1, (7, 2))
    values = solve.field(found).numeric(points)
    for j in range(3):
        read = solve.reading(points, unknown=j)(found)
        # Read outside double precision.
        np.testing.assert_allclose(read, values[:, j], atol=1e-6 * np.abs(values).max())
