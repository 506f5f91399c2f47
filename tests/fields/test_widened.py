"""Wider networks say the same, and can learn more."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import residuum as rs
from residuum._core import OptionError, double_precision
from residuum.fields import Frame, constrain, widened
from residuum.problem import hard_conditions, scaling


def test_the_function_stays_and_the_new_weights_have_a_slope() -> None:
    points = np.random.default_rng(3).uniform(-1, 1, (20, 2))
    with double_precision():
        frame = Frame(np.zeros(2), np.ones(2), (1,), 2)
        field = rs.MLP(5, 3).build(frame, 7)
        wide = widened(field, 9, 11)
        assert wide is not None
        orders = [(2, 0), (0, 1)]
        before, after = (f.jet(jnp.asarray(points), orders) for f in (field, wide))
        for index in before.indices:
            old, new = np.asarray(before.parts[index]), np.asarray(after.parts[index])
            np.testing.assert_allclose(new, old, rtol=0, atol=1e-13 * max(np.abs(old).max(), 1.0))
        slope = jax.grad(lambda f: jnp.sum(f(jnp.asarray(points)) ** 2), allow_int=True)(wide)
        assert (np.abs(np.asarray(slope.weights)[5:9]) > 1e-6).all()


def test_hard_conditions_stay_around_it() -> None:
    x = rs.space("x")
    u = rs.unknown("u", x)
    problem = rs.Problem(rs.Interval(0, 1), rs.Eq(-rs.laplacian(u), 1), [rs.dirichlet(u, 0)])
    with double_precision():
        hard, sizes = hard_conditions(problem), scaling(problem)
        frame = Frame(np.array([0.5]), np.array([0.5]), (), 1)
        wide = widened(constrain(rs.MLP(4, 2).build(frame, 7), problem, hard, sizes), 6, 9)
        assert wide is not None
        ends = np.asarray(wide(jnp.array([[0.0], [1.0]])))
    np.testing.assert_allclose(ends, 0.0, atol=1e-15)


def test_other_fields_and_smaller_widths_are_refused() -> None:
    frame = Frame(np.zeros(1), np.ones(1), (), 1)
    assert widened(rs.fields.ModifiedMLP(4, 2).build(frame, 7), 8, 9) is None
    assert widened(rs.fields.RandomTanh(8).build(frame, 7), 16, 9) is None
    with pytest.raises(OptionError, match="narrower than 4"):
        widened(rs.MLP(4, 2).build(frame, 7), 4, 9)
