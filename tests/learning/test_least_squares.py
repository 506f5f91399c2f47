"""Linear least squares for the last layer."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import OptionError, in_double_precision
from residuum.fields import TensorChebyshev, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import least_squares, misfit, solve_dense, system
from residuum.objectives import Collocation
from residuum.problem import (
    Eq,
    Problem,
    dirichlet,
    hard_conditions,
    laplacian,
    scaling,
    space,
    unknown,
)

from ._settings import decay, setting

RANDOM = np.random.default_rng(103)


@pytest.mark.parametrize(("rows", "columns", "rank"), [(30, 8, 5), (9, 8, 3), (8, 8, 7), (5, 8, 4)])
def test_a_rank_deficient_system(rows: int, columns: int, rank: int) -> None:
    matrix = RANDOM.normal(size=(rows, rank)) @ RANDOM.normal(size=(rank, columns))
    right = RANDOM.normal(size=rows)
    found, numerical = solve_dense(matrix, right)
    best = np.linalg.lstsq(matrix, right, rcond=1e-12)[0]
    assert numerical == rank and np.isfinite(found).all()
    residual, least = (float(np.linalg.norm(matrix @ v - right)) for v in (found, best))
    # Both are backward stable: the norms agree to rounding of the right side's norm.
    assert residual == pytest.approx(least, abs=1e-12 * float(np.linalg.norm(right)))


@pytest.mark.parametrize("rows", [40, 7, 6])
def test_columns_of_very_different_size(rows: int) -> None:
    sizes = 10.0 ** np.array([-150, -8, 0, 3, 90, 150])
    matrix = RANDOM.normal(size=(rows, 6)) * sizes
    true = RANDOM.normal(size=6) / sizes
    found, rank = solve_dense(matrix, matrix @ true)
    assert rank == 6
    # The scaled matrix is well conditioned (below 1e3).
    np.testing.assert_allclose(found * sizes, true * sizes, rtol=0, atol=1e-11)


def test_a_column_of_zeros_gets_a_zero() -> None:
    matrix = RANDOM.normal(size=(20, 4))
    matrix[:, 2] = 0
    found, rank = solve_dense(matrix, matrix @ np.array([1.0, -2.0, 9.0, 3.0]))
    assert rank == 3
    np.testing.assert_allclose(found, [1.0, -2.0, 0.0, 3.0], atol=1e-12)


x, y = space("x", "y")
w = unknown("w", x, y)
EXACT = x**3 * y - 2 * x * y**2 + y - 4


def polynomial() -> Problem:
    source = sp.diff(EXACT, x, 2) + sp.diff(EXACT, y, 2)
    return Problem(Box(x=(0, 2e-3), y=(5, 8)), Eq(laplacian(w), source), [dirichlet(w, EXACT)])


@pytest.mark.parametrize("enforce", [True, False])
@in_double_precision
def test_an_exact_solution_in_the_span_is_found(enforce: bool) -> None:
    problem = polynomial()
    sizes, hard = scaling(problem), hard_conditions(problem, enforce)
    recipe = TensorChebyshev((3, 2))
    field = constrain(recipe.build(frame_of(problem, sizes), 5), problem, hard, sizes)
    inside, around = Collocation(40, 20).build(problem, sizes, hard, 7)
    fit = least_squares(field, [*inside, *around])
    # The last feature repeats the constant among the Chebyshev products.
    assert fit.rank == field.head.size - 1
    points = problem.domain.sample(30, key=11)
    true = np.asarray(sp.lambdify((x, y), EXACT, "numpy")(*points.T))
    found = np.asarray(fit.field(jnp.asarray(points)))[:, 0]
    # Rounding of the relative size 1e-16, times a condition number of about 1e3.
    np.testing.assert_allclose(found, true, rtol=1e-11)
    # Weights of ten against terms of size one.
    assert fit.residual < 1e-10


@in_double_precision
def test_one_step_of_a_nonlinear_problem_is_newton() -> None:
    (field, _), rows = setting(decay())
    residual, matrix = system(field, rows)
    assert matrix.shape == (12, field.head.size) and residual.shape == (12,)
    step = np.linalg.lstsq(matrix, -residual, rcond=1e-12)[0]
    fit = least_squares(field, rows)
    moved = np.asarray(fit.field.head - field.head).ravel()
    # The repeated constant makes heads differ; what they do to the rows agrees.
    np.testing.assert_allclose(matrix @ moved, matrix @ step, atol=1e-12)
    assert fit.residual == pytest.approx(np.linalg.norm(matrix @ step + residual), rel=1e-9)
    assert 0 < misfit(fit.field, rows) < misfit(field, rows)
    assert misfit(field, rows) == pytest.approx(np.linalg.norm(residual), rel=1e-12)


@in_double_precision
def test_a_request_too_large_is_refused_before_it_is_made() -> None:
    (field, _), rows = setting(decay())
    needed = rows[0].count * field.head.size * 24e-6
    with pytest.raises(MemoryError, match="12 rows and 7 unknowns"):
        least_squares(field, rows, memory_mb=0.99 * needed)
    assert least_squares(field, rows, memory_mb=1.01 * needed).rank == 6


@in_double_precision
def test_too_few_rows_are_refused() -> None:
    (field, _), rows = setting(decay(), points=6)
    with pytest.raises(OptionError, match="at least 7 rows; got 6"):
        least_squares(field, rows)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@in_double_precision
def test_what_is_not_finite_is_not_solved(bad: float) -> None:
    (field, _), rows = setting(decay())
    broken = field.with_head(field.head.at[1].set(bad))
    with pytest.raises(FloatingPointError, match="not finite"):
        least_squares(broken, rows)
    assert misfit(broken, rows) == np.inf
