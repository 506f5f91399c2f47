"""Unknowns of fewer coordinates than the problem has."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.blocks import ChebyshevProducts
from residuum.fields import FeatureField, OwnCoordinates

# 1, y, x, xy and the constant of the last layer; the second unknown depends on y alone.
OWN = jnp.asarray([[1, 1], [1, 1], [1, 0], [1, 0], [0, 0]], float)
HEAD = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 9.0]])
X, Y = np.array([[-0.5, 0.25], [1.0, 0.75]])


@in_double_precision
def test_features_of_other_coordinates_are_left_out() -> None:
    inner = FeatureField(ChebyshevProducts((1, 1)), jnp.zeros((5, 2)))
    field = OwnCoordinates(inner, OWN).with_head(jnp.asarray(HEAD))
    points = jnp.asarray(np.stack([X, Y], axis=1))
    expected = np.stack([1 + 3 * Y + 5 * X + 7 * X * Y, 2 + 4 * Y], axis=1)
    # Dyadic numbers: exact.
    np.testing.assert_array_equal(field(points), expected)
    jet = field.jet(points, [(1, 0)])
    np.testing.assert_array_equal(jet.derivative((1, 0)), np.stack([5 + 7 * Y, 0 * Y], axis=1))
    for component in (0, 1):
        features = field.features(points, [(0, 1)], component)
        np.testing.assert_array_equal(features.value @ HEAD[:, component], expected[:, component])
        assert not field.offset(points, [(0, 1)], component).value.any()
