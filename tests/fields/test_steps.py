"""One network in space per step of time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.fields import MLP, Frame, NetworkStep, stacked
from residuum.learning import flatten
from residuum.objectives import Inferred

FRAME = Frame(np.zeros(1), np.ones(1), (), 2)


@pytest.mark.slow
@in_double_precision
def test_steps_are_straight_between_networks() -> None:
    nets = [MLP(4, 1).build(FRAME, key) for key in (7, 8, 9)]
    field = stacked([0.0, 0.5, 2.0], nets)
    at = jnp.asarray([[0.25, 0.3], [0.5, -0.4], [1.25, 0.8]])
    a, b, c = (net(at[:, 1:]) for net in nets)
    jet = field.jet(at, [(1, 1)])
    expected = np.stack([(a[0] + b[0]) / 2, b[1], (b[2] + c[2]) / 2])
    np.testing.assert_allclose(jet.value, expected, atol=1e-15)
    slopes = np.stack([(b[0] - a[0]) / 0.5, (c[1] - b[1]) / 1.5, (c[2] - b[2]) / 1.5])
    np.testing.assert_allclose(jet.derivative((1, 0)), slopes, atol=1e-14)


@in_double_precision
def test_only_the_end_of_a_step_is_trained() -> None:
    old, new = (MLP(4, 1).build(FRAME, key) for key in (7, 8))
    fixed = jax.tree.map(np.asarray, old)
    step = NetworkStep(fixed, new, np.array([0.0, 1.0]))
    count = flatten((step, Inferred({}, (), ()))).vector.size
    assert count == flatten((new, Inferred({}, (), ()))).vector.size
