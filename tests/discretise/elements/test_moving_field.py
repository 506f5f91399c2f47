"""Fields on moving nodes: both ways of evaluation, and derivatives at fixed places."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import DataError, in_double_precision
from residuum.discretise.elements import MovingField


def field() -> MovingField:
    """u = 2 + 3 x - 4 t on nodes that move."""
    times = np.array([0.0, 0.4, 1.0])
    nodes = np.stack([np.linspace(0, 1, 6) ** power for power in (1.0, 1.5, 0.7)])
    values = 2 + 3 * nodes - 4 * times[:, None]
    return MovingField(jnp.asarray(times), jnp.asarray(nodes), jnp.asarray(values[..., None]), 1)


@in_double_precision
def test_derivatives_are_those_at_a_place() -> None:
    points = np.random.default_rng(5).uniform(0.01, 0.99, (30, 2))
    exact = 2 + 3 * points[:, 1] - 4 * points[:, 0]
    np.testing.assert_allclose(field().numeric(points)[:, 0], exact, atol=1e-12)
    jet = field().jet(jnp.asarray(points), [(1, 0), (0, 1)])
    np.testing.assert_allclose(jet.value[:, 0], exact, atol=1e-12)
    np.testing.assert_allclose(jet.derivative((1, 0))[:, 0], -4.0, atol=1e-10)
    np.testing.assert_allclose(jet.derivative((0, 1))[:, 0], 3.0, atol=1e-10)


@in_double_precision
def test_nodes_that_move_bend_the_answer_in_time() -> None:
    times, nodes = jnp.array([0.0, 1.0]), jnp.array([[0.0, 0.3, 1.0], [0.0, 0.7, 1.0]])
    bent = MovingField(times, nodes, (nodes**2)[..., None], 1)
    points, step = np.array([[0.4, 0.2], [0.6, 0.8]]), np.array([1e-4, 0.0])
    ends = [bent.numeric(points + sign * step)[:, 0] for sign in (1, 0, -1)]
    expected = (ends[0] - 2 * ends[1] + ends[2]) / 1e-8
    found = bent.jet(jnp.asarray(points), [(2, 0)]).derivative((2, 0))[:, 0]
    # Rounding of 1e-16 / 1e-8, truncation of 1e-8.
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_arrays_have_to_fit() -> None:
    with pytest.raises(DataError, match="unknowns"):
        MovingField(jnp.zeros(2), jnp.zeros((3, 4)), jnp.zeros((3, 4, 1)), 1)
