"""A field with error bars."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.fields import Frame, Gaussians, PosteriorField

RANDOM = np.random.default_rng(27)


@in_double_precision
def test_the_deviation_is_that_of_the_features_times_the_root() -> None:
    mean = Gaussians(4).build(Frame(np.zeros(2), np.ones(2), (), 1), 5)
    root = RANDOM.normal(size=(5, 3))
    field = PosteriorField(mean, root)
    points = RANDOM.uniform(-1, 1, (6, 2))
    features = np.asarray(mean.features(jnp.asarray(points), [(0, 0)]).value)
    expected = np.sqrt(np.diag(features @ root @ root.T @ features.T))
    np.testing.assert_allclose(field.deviation(points), expected, rtol=1e-12)
    assert field.deviation(np.zeros((0, 2))).shape == (0,)


@in_double_precision
def test_its_value_is_the_mean() -> None:
    mean = Gaussians(4).build(Frame(np.zeros(2), np.ones(2), (), 1), 5)
    mean = mean.with_head(jnp.asarray(RANDOM.normal(size=(5, 1))))
    field = PosteriorField(mean, np.zeros((5, 1)))
    points = jnp.asarray(RANDOM.uniform(-1, 1, (6, 2)))
    np.testing.assert_array_equal(field(points), mean(points))
    np.testing.assert_array_equal(field.with_head(0 * mean.head)(points), 0)
    np.testing.assert_array_equal(field.offset(points, [(0, 0)]).value, 0)
    assert field.head is mean.head
