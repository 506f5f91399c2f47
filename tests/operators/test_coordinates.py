"""Coordinates as channels, and moments in front."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum.operators._coordinates import (
    coordinate_channels,
    coordinate_count,
    moments_first,
    with_coordinates,
)


def test_periodic_axes_join_at_their_ends() -> None:
    found = coordinate_channels((8, 5), ("wrap", "zero"))
    assert found.shape == (8, 5, 3) and coordinate_count(("wrap", "zero")) == 3
    np.testing.assert_allclose((found[..., :2] ** 2).sum(-1), 1.0, atol=1e-6)
    np.testing.assert_allclose(found[3, :, 2], np.linspace(-1, 1, 5))


def test_coordinates_stand_after_the_channels() -> None:
    found = with_coordinates(jnp.ones((2, 4, 5, 1)), ("wrap", "zero"))
    assert found.shape == (2, 4, 5, 4)
    np.testing.assert_allclose(found[0, :, 0, 1], [1, 0, -1, 0], atol=1e-6)


def test_moments_come_first() -> None:
    flat = jnp.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    found = moments_first(flat, 2)
    assert found.shape == (2, 2, 3, 2)
    np.testing.assert_array_equal(found[:, 1], flat[..., 2:])
    assert moments_first(flat, 0) is flat
