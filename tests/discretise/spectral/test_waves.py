"""The half grid of modes: derivatives, the two-thirds rule, cutting."""

from __future__ import annotations

import numpy as np

from residuum._core import double_precision
from residuum.discretise.spectral import FourierAxis, Waves

WAVES = Waves([FourierAxis(0.0, 2 * np.pi, 12), FourierAxis(0.0, np.pi, 10)])


def test_derivatives() -> None:
    x, y = (c.reshape(WAVES.grid.shape) for c in WAVES.grid.points.T)
    modes = WAVES.modes(np.sin(2 * x) * np.cos(4 * y))
    found = WAVES.nodal(WAVES.factors((1, 2)) * modes)
    assert np.abs(found + 32 * np.cos(2 * x) * np.cos(4 * y)).max() < 1e-12
    assert not np.iscomplexobj(WAVES.factors((2, 0)))


def test_two_thirds_rule() -> None:
    kept = WAVES.mask
    assert kept[:4, 0].all()
    assert not kept[4:9, 0].any()
    assert kept[0].tolist() == [True, True, True, True, False, False]


def test_cut_keeps_the_waves_that_fit() -> None:
    grid, share = WAVES.finer()
    x, y = (c.reshape(grid.shape) for c in grid.points.T)
    fine = np.fft.rfftn(np.cos(3 * x - 2 * y) + np.cos(9 * x)) / share
    a, b = (c.reshape(WAVES.grid.shape) for c in WAVES.grid.points.T)
    # The wave of number nine does not fit on twelve nodes: it is dropped, not folded back.
    assert np.abs(WAVES.nodal(WAVES.cut(fine)) - np.cos(3 * a - 2 * b)).max() < 1e-13


def test_reflected_fields() -> None:
    random = np.random.default_rng(37)
    values = random.normal(size=WAVES.grid.shape)
    for axis in (0, 1):
        # Node j lies as far above the lower end as node -j, one period on, lies below it.
        turned = np.roll(np.flip(values, axis), 1, axis)
        with double_precision():
            found = WAVES.nodal(np.asarray(WAVES.reflected(WAVES.modes(values), axis)))
        assert np.abs(found - turned).max() < 1e-13
