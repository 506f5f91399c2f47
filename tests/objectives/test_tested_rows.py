"""Rows summed against test functions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.fields import MLP, TensorChebyshev, constrain, frame_of
from residuum.geometry import Box
from residuum.learning import flatten, residuals
from residuum.learning._model import Model
from residuum.objectives import TestedRows, inferred
from residuum.problem import Eq, Problem, dirichlet, hard_conditions, pointwise, scaling, space
from residuum.problem import unknown as unknown_

x = space("x")
w = unknown_("w", x)
PROBLEM = Problem(Box(x=(0, 1)), Eq(-w.diff(x, 2) + w**2, 1), [dirichlet(w, 0)])


def rows(local: bool) -> TestedRows:
    draw = np.random.default_rng(151)
    tests, each = 4, 5
    n = tests * each if local else 12
    return TestedRows(
        "weak",
        (pointwise(PROBLEM, w**2 - 1), pointwise(PROBLEM, w.diff(x))),
        jnp.asarray(draw.uniform(size=(n, 1))),
        jnp.asarray(0.5),
        groups=tests,
        tests=jnp.asarray(draw.normal(size=(2, tests, each if local else n))),
        local=jnp.ones(()) if local else None,
    )


@pytest.mark.slow
@pytest.mark.parametrize("local", [False, True])
@in_double_precision
def test_they_are_the_sums_they_stand_for(local: bool) -> None:
    item, sizes = rows(local), scaling(PROBLEM)
    free = MLP(4, 1).build(frame_of(PROBLEM, sizes), 7)
    field = constrain(free, PROBLEM, hard_conditions(PROBLEM), sizes)
    jet = field.jet(item.points, [(1,)])
    parts = np.stack([jet.value[:, 0] ** 2 - 1, jet.derivative((1,))[:, 0]])
    tests = np.asarray(item.tests)
    wanted = np.zeros(4)
    for k in range(4):
        span = slice(5 * k, 5 * k + 5) if local else slice(None)
        wanted[k] = 0.5 * np.sum(tests[:, k] * parts[:, span])
    # Sums of a few dozen products: rounding.
    np.testing.assert_allclose(item.residual(field), wanted, rtol=1e-12)
    flat = flatten((field, inferred(PROBLEM)))
    model = Model((item,), flat.fixed, flat.unravel)
    slopes = jax.jit(jax.jacfwd(lambda v: residuals(flat.restore(v), [item])))(flat.vector)
    np.testing.assert_allclose(model.jacobian(flat.vector)[1], slopes, rtol=1e-9, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("local", [False, True])
@in_double_precision
def test_they_are_linearised_exactly(local: bool) -> None:
    item, sizes = rows(local), scaling(PROBLEM)
    field = TensorChebyshev(4).build(frame_of(PROBLEM, sizes), 7)
    field = field.with_head(jnp.linspace(0.1, 0.5, field.head.size).reshape(field.head.shape))
    value, matrix = item.linearised(field)
    np.testing.assert_allclose(value, item.residual(field), rtol=1e-12)

    def of(head: jnp.ndarray) -> jnp.ndarray:
        return item.residual(field.with_head(head))

    slopes = jax.jacfwd(of)(field.head).reshape(item.count, -1)
    np.testing.assert_allclose(matrix, slopes, rtol=1e-10, atol=1e-12)
