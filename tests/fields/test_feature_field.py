"""Features times a last layer."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum._core import in_double_precision
from residuum.blocks import ChebyshevProducts
from residuum.fields import FeatureField

# 1, z, 2z² - 1 and the constant once more, for two unknowns.
WEIGHTS = np.array([[1.0, 0.0], [2.0, 0.0], [0.5, 3.0], [-4.0, 1.0]])
FIELD = FeatureField(ChebyshevProducts((2,)), jnp.asarray(WEIGHTS))
Z = np.array([-0.5, 0.25, 2.0])


@in_double_precision
def test_a_polynomial() -> None:
    field = FIELD.with_head(jnp.asarray(WEIGHTS))
    jet = field.jet(jnp.asarray(Z)[:, None], [(2,)])
    square = 2 * Z**2 - 1
    # Dyadic numbers: exact.
    np.testing.assert_array_equal(
        jet.value, np.stack([-3 + 2 * Z + square / 2, 3 * square + 1], axis=1)
    )
    np.testing.assert_array_equal(jet.derivative((1,)), np.stack([2 + 2 * Z, 12 * Z], axis=1))
    np.testing.assert_array_equal(jet.derivative((2,)), np.tile([2.0, 12.0], (3, 1)))


@in_double_precision
def test_the_constant_is_the_last_feature() -> None:
    features = FIELD.features(jnp.asarray(Z)[:, None], [(1,)])
    square = 2 * Z**2 - 1
    np.testing.assert_array_equal(features.value, np.stack([Z**0, Z, square, Z**0], axis=1))
    slopes = np.stack([0 * Z, Z**0, 4 * Z, 0 * Z], axis=1)
    np.testing.assert_array_equal(features.derivative((1,)), slopes)


@in_double_precision
def test_nothing_stands_beside_the_head() -> None:
    offset = FIELD.offset(jnp.asarray(Z)[:, None], [(2,)])
    for index in [(0,), (1,), (2,)]:
        np.testing.assert_array_equal(offset.derivative(index), np.zeros((3, 1)))


@in_double_precision
def test_an_empty_wish_gives_the_value() -> None:
    points = jnp.asarray(Z)[:, None]
    np.testing.assert_array_equal(FIELD.jet(points, []).value, FIELD(points))
    assert FIELD.features(points, []).indices == ((0,),)
