"""Gaussians with trained centres and covariances."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.blocks import TiltedBumps
from residuum.fields import Frame, Gaussians, PhysicsInformedGaussians

FRAME = Frame(np.array([3.0, -2.0]), np.array([0.5, 4.0]), (1,), 1)


@in_double_precision
def test_they_start_as_the_lattice() -> None:
    trunk: Any = PhysicsInformedGaussians(25, 0.8).trunk(FRAME, 5)
    assert isinstance(trunk, TiltedBumps)
    points = jnp.asarray(np.random.default_rng(3).uniform(-1, 1, (9, 2)))
    plain = Gaussians(25, 0.8).trunk(FRAME, 5)
    # The same exponents from other sums of terms of up to a few tens.
    np.testing.assert_allclose(np.asarray(trunk(points)), np.asarray(plain(points)), rtol=1e-12)


@in_double_precision
def test_centres_widths_and_tilts_are_trained() -> None:
    trunk: Any = PhysicsInformedGaussians(25).trunk(FRAME, 5)
    parts = (trunk.centres, trunk.logs, trunk.tilts)
    assert all(isinstance(part, jax.Array) for part in parts)
    assert [part.shape for part in parts] == [(25, 2), (25, 2), (25, 1)]


def test_an_overhang_below_zero_is_refused() -> None:
    with pytest.raises(OptionError, match="overhang"):
        PhysicsInformedGaussians(25, overhang=-1.0)
