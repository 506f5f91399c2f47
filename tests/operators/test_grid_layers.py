"""Layers of operators on grids: norms, attention to channels, coordinates, moments."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators._grid_layers import (
    coordinates,
    extra,
    fresh_norm,
    in_moments,
    require_side,
    squeeze_excitation,
)

RANDOM = np.random.default_rng(57)


def test_a_norm_is_of_one_sample() -> None:
    x = jnp.asarray(RANDOM.normal(3.0, 5.0, size=(2, 6, 7, 4)), jnp.float32)
    found = np.asarray(fresh_norm(4)(x))
    np.testing.assert_allclose(found.mean((1, 2, 3)), 0.0, atol=1e-5)
    # 1e-5 is added to a variance of 25.
    np.testing.assert_allclose(found.std((1, 2, 3)), 1.0, rtol=1e-5)


def test_features_are_weighed_by_channel_and_by_place() -> None:
    block = squeeze_excitation(4, jax.random.key(3))
    x = RANDOM.normal(size=(2, 5, 5, 4)).astype(np.float32)
    ratio = np.asarray(block(jnp.asarray(x))) / x
    # One weight per channel plus one per node: mixed differences vanish. Rounding of ratios.
    mixed = ratio - ratio[..., :1] - ratio[:, :1, :1] + ratio[:, :1, :1, :1]
    assert np.abs(mixed).max() < 1e-4
    assert ((ratio > 0) & (ratio < 2)).all()


def test_coordinates_go_round_a_period() -> None:
    found = coordinates((4, 5), ("wrap", "zero"))
    assert found.shape == (1, 4, 5, 3) and extra(("wrap", "zero")) == 3
    np.testing.assert_allclose(found[0, :, 0, 0], [1, 0, -1, 0], atol=1e-6)
    np.testing.assert_allclose(found[0, 0, :, 2], [-1, -0.5, 0, 0.5, 1])


def test_moments_go_to_the_front() -> None:
    found = jnp.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
    split = in_moments(found, 3)
    assert split.shape == (2, 3, 3, 4, 2)
    np.testing.assert_array_equal(split[:, 1, ..., 0], found[..., 2])
    assert in_moments(found, 0) is found


def test_small_grids_are_refused() -> None:
    with pytest.raises(OptionError, match="8 nodes or more"):
        require_side((16, 7), 8, "three levels")
