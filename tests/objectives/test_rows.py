"""Residual rows and their matrix."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from residuum._core import LinearField, in_double_precision
from residuum.fields import RandomTanh, constrain, frame_of
from residuum.geometry import Box
from residuum.objectives import Collocation, Rows
from residuum.problem import (
    Eq,
    ExpressionField,
    Problem,
    dirichlet,
    div,
    grad,
    hard_conditions,
    initial,
    integral,
    laplacian,
    neumann,
    observe,
    parameter,
    pointwise,
    scaling,
    unknown,
)

from ._statements import poisson, t, u, w, x, y

D = parameter("D", bounds=(0.1, 2.0))


def burgers() -> Problem:
    """Nonlinear, with a number to be inferred and an observation."""
    return Problem(
        Box(t=(0, 2), x=(-1, 1)),
        Eq(u.diff(t) + div(u**2 / 2), div(D * grad(u))),
        [initial(u, 1 - x**2), neumann(u, 0)],
        observations=[observe(u, [0.5, 0.2], at={"t": [1.0, 1.5], "x": [0.1, -0.3]})],
    )


def coupled() -> Problem:
    """Two unknowns, of which every equation sees both, and a mean."""
    a, b = unknown("a", "b", x, y)
    return Problem(
        Box(x=(0, 1), y=(0, 2)),
        [Eq(laplacian(a) + b**2, 1), Eq(laplacian(b), a.diff(x) * b)],
        [dirichlet(a, x), neumann(b, 1 + y), integral(a * b, 3)],
    )


def setting(problem: Problem, enforce: bool) -> tuple[LinearField, list[Rows]]:
    sizes, hard = scaling(problem), hard_conditions(problem, enforce)
    free = RandomTanh(5).build(frame_of(problem, sizes), 5)
    head = np.random.default_rng(83).normal(size=free.head.shape)
    field = constrain(free.with_head(jnp.asarray(head)), problem, hard, sizes)
    inside, around = Collocation(6, 5).build(problem, sizes, hard, 7)
    return field, [*inside, *around]


@eqx.filter_jit
def both(rows: Rows, field: LinearField, numbers: Any) -> tuple[Any, Any]:
    """Return (residual, matrix) by the rows themselves and by automatic differentiation."""

    def of_head(head: Array) -> Array:
        return rows.residual(field.with_head(head), numbers)

    slopes = jax.jacfwd(of_head)(field.head)
    return rows.linearised(field, numbers), (of_head(field.head), slopes.reshape(rows.count, -1))


@eqx.filter_jit
def alone(rows: Rows, field: LinearField, numbers: Any) -> Array:
    return rows.residual(field, numbers)


@pytest.mark.slow
@pytest.mark.parametrize(("make", "enforce"), [(burgers, True), (coupled, False)])
@in_double_precision
def test_the_matrix_is_the_jacobian_of_the_residual(make: Any, enforce: bool) -> None:
    problem = make()
    field, rows = setting(problem, enforce)
    if enforce:
        assert len(rows) == 3, "the start is met exactly"
    for item in rows:
        (residual, matrix), (expected, slopes) = both(item, field, {"D": 0.7})
        size = 1e-12 * max(1.0, float(jnp.abs(slopes).max()))
        # The order of summation differs: measured 6e-16 of the largest entry.
        np.testing.assert_allclose(residual, expected, rtol=1e-12, atol=size, err_msg=item.name)
        np.testing.assert_allclose(matrix, slopes, rtol=1e-12, atol=size, err_msg=item.name)
        assert matrix.shape == (item.count, field.head.size)


@in_double_precision
def test_the_matrix_equals_finite_differences() -> None:
    field, rows = setting(poisson()[0], True)
    item = rows[0]
    residual, matrix = eqx.filter_jit(lambda rows, f: rows.linearised(f))(item, field)
    step = np.random.default_rng(89).normal(size=field.head.shape)
    # The equation is linear in the head: a difference of any length is exact but for rounding.
    far = alone(item, field.with_head(field.head + jnp.asarray(step)), None)
    size = float(np.abs(matrix).sum(axis=1).max())
    np.testing.assert_allclose(far - residual, matrix @ step.ravel(), atol=1e-13 * size)


def by_hand(**changes: Any) -> Rows:
    problem = poisson()[0]
    at = tuple(pointwise(problem, e) for e in (w, w.diff(x) + x))
    points = jnp.asarray([[0.0, 0.5], [1.0, -0.5], [2.0, 0.25], [0.5, 0.0]])
    options: dict[str, Any] = {"factor": jnp.asarray([[2.0], [3.0]]), **changes}
    return Rows("by hand", at, points, **options)


@in_double_precision
def test_scales_targets_and_means() -> None:
    field = ExpressionField((x**2 + y,), (x, y))
    value, slope = np.array([0.5, 0.5, 4.25, 0.25]), np.array([0.0, 3.0, 6.0, 1.5])
    # Dyadic numbers: exact.
    plain = by_hand()
    assert plain.count == 8 and plain.indices == ((0, 0), (1, 0))
    np.testing.assert_array_equal(plain.residual(field), [*(2 * value), *(3 * slope)])
    target = np.array([0.5, 0.0, 1.0, -1.0])
    aimed = by_hand(target=jnp.asarray(target)).residual(field)
    np.testing.assert_array_equal(aimed, [*(2 * (value - target)), *(3 * (slope - target))])
    means = by_hand(groups=2)
    assert means.count == 4
    pairs = np.array([2 * value, 3 * slope]).reshape(2, 2, 2).mean(axis=2).ravel()
    np.testing.assert_array_equal(means.residual(field), pairs)
    single = by_hand(factor=jnp.asarray(4.0)).residual(field)
    np.testing.assert_array_equal(single, 4 * np.array([*value, *slope]))


@in_double_precision
def test_parameters_enter_by_name() -> None:
    field, rows = setting(burgers(), False)
    at = rows[0]
    first, second, third = (np.asarray(alone(at, field, {"D": value})) for value in (0.5, 1.0, 1.5))
    # D enters linearly.
    np.testing.assert_allclose(third - second, second - first, rtol=1e-9, atol=1e-13)
    assert np.abs(second - first).max() > 1e-3
