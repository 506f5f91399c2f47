from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from residuum.catalogue._allen_cahn import D
from residuum.catalogue._fourier import Modes, evolve, power, waves

from ._measure import grid, relative


def test_power_is_free_of_aliasing_below_the_last_mode() -> None:
    modes = np.zeros(7, complex)
    modes[5] = 0.5  # cos(5πx): its cube is 3/4 cos(5πx) + 1/4 cos(15πx), its square 1/2 + …
    cube, square = power(modes, 3), power(modes, 2)
    assert np.allclose(cube, 0.75 * modes, atol=1e-15)
    assert np.allclose(square, [0.5, 0, 0, 0, 0, 0, 0], atol=1e-15)


def _logistic(steps: int) -> float:
    """Return the error of u' = -u + 4u² (one mode, no space) at random times."""
    start = np.zeros(2)
    start[0] = 0.1
    path = evolve(
        start,
        np.array([-1.0, -1.0]),
        lambda c: 4 * power(c, 2),
        edges=[0.0, 0.5, 2.0],
        steps=steps,
        kept=16,
    )
    t = np.random.default_rng(19).uniform(0, 2, 50)
    truth = 1 / (4 + 6 * np.exp(t))
    return float(np.abs(path(np.column_stack([t, 0 * t]))[:, 0] - truth).max())


def test_integrator_is_of_fourth_order() -> None:
    # Measured 1.2e-9 and 7.7e-11, a factor of 16.2, before the interpolation in time shows.
    assert 14 < _logistic(16) / _logistic(32) < 18


def test_linear_waves_are_exact_at_any_time_and_place() -> None:
    count = 8
    start = np.zeros(count + 1)
    start[3] = 0.5
    path = evolve(
        start, -2j * waves(count), lambda c: 0 * c, edges=[0.0, 0.3, 1.0], steps=64, kept=64
    )
    random = np.random.default_rng(23)
    points = np.column_stack([random.random(5000), random.uniform(-3, 3, 5000)])
    truth = np.cos(3 * np.pi * (points[:, 1] - 2 * points[:, 0]))
    # Local polynomials of degree nine over steps of phase 0.2: measured 1.6e-9.
    assert np.abs(path(points)[:, 0] - truth).max() < 1e-8
    stored = grid(np.array([0.0, 0.3, 1.0]), points[:50, 1])
    assert np.allclose(path(stored)[:, 0], np.cos(3 * np.pi * (stored @ [-2, 1])), atol=1e-13)


def _aliased_cube(c: Modes) -> Modes:
    size = 2 * (len(c) - 1)
    return -5 * np.fft.rfft((np.fft.irfft(c, size) * size) ** 3) / size


def test_reproduces_foreign_numbers_on_their_own_grid(
    data: Callable[[str], dict[str, Any]],
) -> None:
    file = data("allen_cahn")
    x = file["x"]
    # x starts at -1: the shift of half a period changes the sign of odd modes.
    start = np.fft.rfft(x**2 * np.cos(np.pi * x)) / len(x) * (-1.0) ** np.arange(257)
    path = evolve(
        start, 5 - D * waves(256) ** 2, _aliased_cube, edges=[0.0, 1.0], steps=1000, kept=200
    )
    modes = path.modes[0].copy()
    modes[:, -1] /= 2  # the highest mode stands for both ends of the spectrum
    path = type(path)(path.edges, modes[None])
    values = path(grid(file["t"], x)).reshape(file["u"].shape)
    # The file is 6.5e-12 from such an integration; measured with these 1000 steps: 1.3e-11.
    assert relative(values, file["u"]) < 1e-10
