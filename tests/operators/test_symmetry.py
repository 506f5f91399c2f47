"""What mirrors and exchanged axes do to a flow and its vorticity, and to samples in time."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.datasets import Layout
from residuum.operators import FNO, Symmetric

SQUARE = np.arange(8) / 8
FLOW = Layout((SQUARE, SQUARE), ("wrap", "wrap"), ("u", "v", "w"), ("u", "v", "w"))
ALL = Symmetric(
    FNO(2, 4, 1),
    mirrors=(0, 1),
    swaps=((0, 1),),
    odd=(("u", 0), ("v", 1), "w"),
    exchanged=(("u", "v"),),
)


def flow(phase: float) -> np.ndarray:
    """A velocity on a ring of two axes and its vorticity, (1, 8, 8, 3)."""
    x, y = 2 * np.pi * np.stack(np.meshgrid(SQUARE, SQUARE, indexing="ij"))
    u = np.sin(x + phase) * np.cos(y - 2 * phase)
    v = np.cos(2 * x) * np.sin(y + phase)
    w = -2 * np.sin(2 * x) * np.sin(y + phase) + np.sin(x + phase) * np.sin(y - 2 * phase)
    return np.stack([u, v, w], axis=-1)[None]


def curl(values: np.ndarray) -> np.ndarray:
    """dv/dx - du/dy over 2 pi by Fourier series."""
    k = np.fft.fftfreq(8, 1 / 8)

    def slope(part: np.ndarray, axis: int) -> np.ndarray:
        symbol = 1j * (k[:, None] if axis == 0 else k[None, :])
        return np.asarray(np.fft.ifft2(symbol * np.fft.fft2(part)).real)

    return slope(values[0, ..., 1], 0) - slope(values[0, ..., 0], 1)


@pytest.mark.parametrize("number", range(3))
def test_turned_flows_are_flows(number: int) -> None:
    turn, before = ALL.turns(FLOW).inputs[number], flow(0.3)
    assert np.allclose(curl(before), before[0, ..., 2])
    after = turn(before, 1)
    # The vorticity of a turned velocity is the turned vorticity, with its sign.
    assert np.allclose(curl(after), after[0, ..., 2])
    assert np.allclose(turn(after, 1), before) and not np.allclose(after, before)


def test_what_follows_from_symmetries_is_among_them() -> None:
    # One mirror and an exchange make the other mirror, and with it all eight of a square.
    few = Symmetric(FNO(2, 4, 1), mirrors=(0,), swaps=((0, 1),)).turns(FLOW)
    assert len(few.positions) == len(ALL.turns(FLOW).positions) == 8
    cube = Layout((SQUARE,) * 3, ("zero",) * 3, ("a",), ("u",))
    assert len(Symmetric(FNO(2, 4, 1), (), ((0, 1), (1, 2))).turns(cube).positions) == 6
    assert len(Symmetric(FNO(2, 4, 1), (0,), ((0, 1), (1, 2))).turns(cube).positions) == 48
    x = flow(0.3)
    images = {few.drawn(x, x, 7, step)[0].tobytes() for step in range(100)}
    assert len(images) == 8


def test_a_mirror_between_walls_and_moments() -> None:
    layout = Layout((SQUARE,), ("zero",), ("a",), ("u",), np.array([0.5, 1.0]))
    turns = Symmetric(FNO(2, 4, 1), odd=("u",)).turns(layout)
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 8, 1)), rng.normal(size=(2, 2, 8, 1))
    found = [turns.drawn(x, y, 7, step) for step in range(12)]
    whole = [np.array_equal(a, x) for a, _ in found]
    assert any(whole) and not all(whole)
    a, b = found[whole.index(False)]
    assert np.array_equal(a, x[:, ::-1]) and np.array_equal(b, -y[:, :, ::-1])
    again = turns.drawn(x, y, 7, whole.index(False))
    assert np.array_equal(again[0], a)
