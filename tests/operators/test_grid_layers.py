"""Layers of operators on grids: norms, attention to channels."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.operators._grid_layers import (
    fresh_norm,
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


def test_small_grids_are_refused() -> None:
    with pytest.raises(OptionError, match="8 nodes or more"):
        require_side((16, 7), 8, "three levels")
