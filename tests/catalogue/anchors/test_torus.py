from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.catalogue.anchors._torus import Fields, History, Torus, march

LINE = Torus((-1.0,), (2.0,), 48)
SQUARE = Torus((0.0, 1.0), (2.0, 3.0), 16)


def nothing(modes: Fields) -> Fields:
    return np.zeros_like(modes)


def logistic(torus: Torus, steps: int) -> History:
    """u_t = u - u² from values between 0 and 1, as if every point were alone."""
    (x,) = torus.grid
    start = (2 + np.sin(np.pi * x)) / 4

    def square(modes: Fields) -> Fields:
        found: Fields = -np.fft.fft(torus.values(modes) ** 2)
        return found

    linear = np.ones((1, torus.count))
    return march(torus, start[None], linear, square, end=1.0, steps=steps, kept=20)


def test_grid_and_waves_belong_together() -> None:
    x, y = SQUARE.grid
    k, m = SQUARE.waves
    field = np.cos(np.pi * x) * np.sin(4 * np.pi * (y - 1) / 3)
    modes = SQUARE.modes(field[None])[0]
    assert np.allclose(np.abs(k[np.abs(modes) > 1e-9]), np.pi)
    assert np.allclose(np.abs(m[np.abs(modes) > 1e-9]), 4 * np.pi / 3)
    assert np.abs(SQUARE.values(SQUARE.modes(field[None]))[0] - field).max() < 1e-14
    assert np.allclose(SQUARE.square, k**2 + m**2)


def test_heat_in_the_plane_is_read_at_any_point() -> None:
    x, y = SQUARE.grid
    start = np.cos(np.pi * x) * np.sin(2 * np.pi * (y - 1) / 3)
    rate = np.pi**2 * (1 + 4 / 9)
    linear = -SQUARE.square[None]
    found = march(SQUARE, start[None], linear, nothing, end=0.1, steps=40, kept=40)
    points = np.random.default_rng(41).random((50, 3)) * (0.1, 2, 3) + (0, 0, 1)
    t, a, b = points.T
    exact = np.exp(-rate * t) * np.cos(np.pi * a) * np.sin(2 * np.pi * (b - 1) / 3)
    # The linear part is exact; interpolation in time leaves (rate · step)^10 / 10!.
    assert np.abs(found(points)[:, 0] - exact).max() < 1e-13


def test_fast_waves_are_turned_before_they_are_interpolated() -> None:
    (x,), (k,) = LINE.grid, LINE.waves
    start = np.exp(8j * np.pi * x)
    linear = (-1j * 40 * k)[None]  # a thousand radians in the whole, ten in every stored step
    found = march(LINE, start[None], linear, nothing, end=1.0, steps=100, kept=100)
    points = np.random.default_rng(43).random((50, 2))
    exact = np.exp(8j * np.pi * (points[:, 1] - 40 * points[:, 0]))
    assert np.abs(found(points)[:, 0] - exact).max() < 1e-11


def test_order_is_four() -> None:
    (x,) = LINE.grid
    start = (2 + np.sin(np.pi * x)) / 4
    exact = 1 / (1 + (1 / start - 1) * np.exp(-1.0))
    points = np.column_stack([np.ones_like(x), x])
    errors = [np.abs(logistic(LINE, steps)(points)[:, 0] - exact).max() for steps in (20, 40, 80)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (np.abs(orders - 4) < 0.2).all(), errors


def test_times_outside_are_refused() -> None:
    with pytest.raises(OptionError, match="times in"):
        logistic(LINE, 20)(np.array([[1.1, 0.0]]))
