"""Fields made of kept states: interpolation in time, holding the last state, the tail."""

from __future__ import annotations

import numpy as np

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, FourierAxis, Grid, Lines, even_field, tail
from residuum.discretise.spectral import field_of as made_of
from residuum.discretise.time import STAGES, integrate

from ._posed import exact, heated

AXIS = FourierAxis(-1.0, 1.0, 16)


def moving(times: np.ndarray, x: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.sin(np.pi * (x[None, :] - times[:, None]))[..., None]
    return found


def test_even_field_interpolates() -> None:
    times, at, x = np.linspace(0, 1, 33), np.linspace(0, 1, 50), np.linspace(-1, 1, 30)
    with double_precision():
        field = even_field(moving(times, AXIS.nodes), times, 1.0, [AXIS])
    # Nine even nodes a quarter long: (π/32)^9 times a small constant.
    assert np.abs(field.tensor(at, [x]) - moving(at, x)).max() < 1e-9


def test_the_last_state_is_held() -> None:
    times, x = np.linspace(0, 0.5, 17), np.linspace(-1, 1, 30)
    with double_precision():
        field = even_field(moving(times, AXIS.nodes), times, 1.0, [AXIS])
    late = field.tensor(np.array([0.7, 1.0]), [x])
    assert np.abs(late - moving(np.array([0.5, 0.5]), x)).max() < 1e-12


def test_field_of_a_trajectory() -> None:
    with double_precision():
        lines = Lines(heated(), Grid((ChebyshevAxis(0.0, 1.0, 20),)))
        lines.compile(STAGES)
        field = made_of(lines, integrate(lines.system(), (0.0, 1.0), tol=1e-10))
    t, x = np.linspace(0, 1, 41), np.linspace(0, 1, 37)
    assert np.abs(field.tensor(t, [x])[:, :, 0] - exact(t[:, None], x[None])).max() < 1e-9


def test_tail() -> None:
    x = AXIS.nodes
    assert tail(np.sin(np.pi * x)[None, :, None], [AXIS]) < 1e-15
    rough = np.sin(np.pi * x) + 0.1 * np.sin(7 * np.pi * x)
    assert abs(tail(rough[None, :, None], [AXIS]) - 0.1) < 1e-12
