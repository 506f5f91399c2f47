"""A state on characteristics: the inverse map and its derivatives."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import sympy as sp

from residuum._core import in_double_precision
from residuum.fields import Transported
from residuum.fields._transported import jacobian
from residuum.problem import ExpressionField, space, time

t = time("t")
x, y = space("x", "y")
RANDOM = np.random.default_rng(37)


@in_double_precision
def test_derivatives_of_an_inverse_map_are_exact() -> None:
    # x = X (1 + t) and U = sin X: u = sin(x / (1 + t)), known in closed form.
    labelled = ExpressionField((t * x, sp.sin(x)), (t, x))
    field = Transported(labelled, 1, (0,), np.array([-9.0]), np.array([9.0]))
    exact = ExpressionField((sp.sin(x / (1 + t)),), (t, x))
    at = jnp.asarray(RANDOM.uniform(0, 1, (20, 2)) * [1, 6])
    jet, known = field.jet(at, [(1, 2), (0, 4)]), exact.jet(at, [(1, 2), (0, 4)])
    for index in known.indices:
        np.testing.assert_allclose(
            jet.derivative(index), known.derivative(index), rtol=0, atol=1e-11
        )
    np.testing.assert_allclose(jacobian(field, at), 1 + at[:, 0], rtol=1e-14)


@in_double_precision
def test_two_dimensions_turn_and_stretch() -> None:
    # A shear that moves: x = X + t Y/2, y = Y + t; U = sin X cos Y.
    labelled = ExpressionField((t * y / 2, t, sp.sin(x) * sp.cos(y)), (t, x, y))
    field = Transported(labelled, 2, (0, 1), np.array([-9.0, -9.0]), np.array([9.0, 9.0]))
    old = y - t
    exact = ExpressionField((sp.sin(x - t * old / 2) * sp.cos(old),), (t, x, y))
    at = jnp.asarray(RANDOM.uniform(0, 1, (15, 3)))
    wanted = [(1, 1, 0), (0, 2, 0), (0, 0, 2), (0, 1, 1)]
    jet, known = field.jet(at, wanted), exact.jet(at, wanted)
    for index in known.indices:
        np.testing.assert_allclose(
            jet.derivative(index), known.derivative(index), rtol=0, atol=1e-12
        )


@in_double_precision
def test_a_steep_map_is_still_inverted() -> None:
    labelled = ExpressionField((-0.999 * sp.sin(x), x), (t, x))
    field = Transported(labelled, 1, (0,), np.array([-1.0]), np.array([1.0]))
    places = jnp.linspace(-3, 3, 401)
    at = jnp.column_stack([jnp.zeros(401), places])
    labels = eqx.filter_jit(field.labels)(at)
    # J is 0.001 at the middle: rounding of the place is a thousand times that of the label.
    np.testing.assert_allclose(labels[:, 0] - 0.999 * jnp.sin(labels[:, 0]), places, atol=1e-12)
