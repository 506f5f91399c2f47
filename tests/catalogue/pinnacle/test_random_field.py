from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from residuum.catalogue.pinnacle._random_field import gaussian_field, linear, nearest
from residuum.problem import GridFunction


def test_fields_have_mean_zero_deviation_one_and_their_own_seed() -> None:
    np.random.seed(7)
    field = gaussian_field(64, 4.0, key=5)
    np.random.seed(8)
    assert abs(field.mean()) < 1e-14 and abs(field.std() - 1) < 1e-14
    np.testing.assert_array_equal(field, gaussian_field(64, 4.0, key=5))
    assert not np.array_equal(field, gaussian_field(64, 4.0, key=6))


def test_the_spectrum_falls_by_the_power_asked_for() -> None:
    k = np.abs(np.fft.fftfreq(64) * 64)
    radius = np.hypot(k[:, None], k[None, :])
    power = np.mean(
        [np.abs(np.fft.fft2(gaussian_field(64, 4.0, key=s))) ** 2 for s in range(20)], 0
    )
    rings = [power[(radius > a) & (radius < a + 2)].mean() for a in (3, 7)]
    # |k|^-4 between the means of the rings, about 4 and 8: a factor of 15.8; 20 draws of some 30
    # modes and more scatter it by less than a tenth of that each.
    assert 11 < rings[0] / rings[1] < 22


def test_nearest_gives_every_place_the_value_of_its_node() -> None:
    values = np.arange(9.0).reshape(3, 3)
    axes, steps = nearest(values, 0.0, 1.0)
    grid = GridFunction(axes, steps)
    x, y = jnp.array([0.0, 0.24, 0.26, 0.74, 1.0]), jnp.array([1.0, 0.76, 0.26, 0.2, 0.0])
    assert np.asarray(grid(x, y)).tolist() == [2, 2, 4, 3, 6]


def test_linear_meets_its_nodes() -> None:
    values = np.arange(9.0).reshape(3, 3)
    grid = GridFunction(*linear(values, -1.0, 1.0))
    x, y = jnp.array([-1.0, 0.0, 0.5]), jnp.array([0.0, 1.0, 0.5])
    np.testing.assert_allclose(grid(x, y), [1, 5, 6], rtol=1e-6)
