"""Means of fields."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from residuum._core import DataError, in_double_precision
from residuum.fields import MeanField
from residuum.problem import ExpressionField, space

x, y = space("x", "y")


@in_double_precision
def test_mean_and_spread_are_those_of_the_values() -> None:
    parts = tuple(ExpressionField((sp.sin(k * x) * y, k * x), (x, y)) for k in (1, 2, 4))
    field = MeanField(parts)
    points = np.random.default_rng(3).uniform(-1, 1, (20, 2))
    values = np.stack([np.asarray(part(jnp.asarray(points))) for part in parts])
    np.testing.assert_allclose(field(jnp.asarray(points)), values.mean(axis=0), atol=1e-15)
    spread = field.spread(points)
    np.testing.assert_allclose(spread, values.std(axis=0, ddof=1), atol=1e-15)
    # The slope of the mean of sin(kx) y.
    slope = field.jet(jnp.asarray(points), [(1, 0)]).derivative((1, 0))[:, 0]
    exact = np.mean([k * np.cos(k * points[:, 0]) * points[:, 1] for k in (1, 2, 4)], axis=0)
    np.testing.assert_allclose(slope, exact, atol=1e-14)
    alone = MeanField(parts[:1])
    assert not alone.spread(points).any()


def test_no_parts_are_refused() -> None:
    with pytest.raises(DataError):
        MeanField(())
