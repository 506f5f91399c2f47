"""Misfits on elements are integrals, not sums over nodes."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum.objectives import element_norm
from tests.operators.plate import plate, square


def test_norms_are_those_of_functions() -> None:
    frame = square()
    wave = frame.interpolate(lambda x, y: 1 + x - 2 * y)
    wanted = jnp.asarray(np.stack([wave, 2 * wave])[..., None], jnp.float32)
    for slopes in (False, True):
        norm = element_norm(frame, slopes=slopes)
        np.testing.assert_allclose(norm(1.25 * wanted, wanted), 0.25, rtol=1e-5)
        whole = 5 / 12 + 1 / 4 + (5.0 if slopes else 0.0)
        assert float(norm.square(wanted)[0]) == pytest.approx(whole, rel=1e-5)


def test_many_small_cells_weigh_no_more_than_their_area() -> None:
    frame = plate()
    x, y = frame.places.T
    near = np.hypot(x - 0.45, y - 0.55) < 0.25
    error = jnp.asarray(near[None, :, None], jnp.float32)
    share = float(element_norm(frame).square(error)[0]) / frame.weights.sum()
    assert share < 0.6 * near.mean()
