"""Rows of one unknown, linearised about a state."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from residuum._core import Index, in_double_precision
from residuum.geometry import Box
from residuum.learning import Linearised
from residuum.objectives import Rows
from residuum.problem import Eq, Problem, dirichlet, pointwise, space, unknown

x = space("x")
u = unknown("u", x)


@in_double_precision
def test_slopes_and_right_hand_side_about_a_state() -> None:
    problem = Problem(Box(x=(0, 4)), Eq(u.diff(x, 2) + u**2, x), [dirichlet(u, 0)])
    points, half, size = jnp.array([[1.0], [3.0]]), 2.0, 5.0
    at = pointwise(problem, problem.residuals[0])
    rows = Rows("equations", (at,), points, jnp.asarray(0.5))
    value, second = jnp.array([2.0, -1.0]), jnp.array([0.3, 0.4])
    parts: dict[Index, Array] = {(0,): value, (2,): second}
    state = {slot: parts[slot[1]] for slot in at.slots}
    made = Linearised((rows,), (state,), (parts,), size, (half,))
    slopes, right = made.system({})
    # With v'' + u² - x: slopes 1 and 2u, times factor, magnitude and half-widths.
    np.testing.assert_allclose(slopes[(2,)], 0.5 * size / half**2, rtol=1e-14)
    np.testing.assert_allclose(slopes[(0,)], 0.5 * size * 2 * value, rtol=1e-14)
    # Newton: v'' + 2 u v = x + u² where the lift is zero.
    np.testing.assert_allclose(right, 0.5 * (points[:, 0] + value**2), rtol=1e-14)
