"""Tests of slope limiters."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, in_double_precision
from residuum.discretise.volumes import Limiter, Minmod, VanLeer

EVERY: list[Limiter] = [Minmod(1.0), Minmod(), Minmod(2.0), VanLeer()]


@pytest.mark.parametrize("limiter", EVERY, ids=str)
@in_double_precision
def test_slopes_stay_in_the_region_of_sweby(limiter: Limiter) -> None:
    back, ahead = (jnp.asarray(a) for a in np.random.default_rng(23).normal(size=(2, 500)))
    slope = limiter(back, ahead)
    same = np.asarray(back * ahead) > 0
    assert (np.asarray(slope)[~same] == 0).all() and (np.asarray(slope)[same] != 0).all()
    assert (np.sign(slope)[same] == np.sign(back)[same]).all()
    least = np.minimum(np.abs(back), np.abs(ahead))
    assert (np.abs(slope) <= 2 * least * (1 + 1e-15)).all()
    # Exact on straight lines, the same from both sides, and of one size with the data.
    np.testing.assert_allclose(limiter(back, back), back, rtol=1e-15)
    np.testing.assert_array_equal(limiter(ahead, back), slope)
    np.testing.assert_allclose(limiter(-1e-30 * back, -1e-30 * ahead), -1e-30 * slope, rtol=1e-14)


def test_a_theta_outside_is_refused() -> None:
    for theta in (0.9, 2.1, float("nan")):
        with pytest.raises(OptionError, match="theta"):
            Minmod(theta)
