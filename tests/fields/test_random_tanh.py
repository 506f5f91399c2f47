"""Random tanh features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import Dense, Periodic, Tanh
from residuum.fields import Frame, RandomTanh


@pytest.mark.parametrize("periodic", [(), (0,)])
@in_double_precision
def test_inner_weights_are_drawn_once_and_kept(periodic: tuple[int, ...]) -> None:
    trunk: Any = RandomTanh(300, scale=4.0).trunk(Frame(np.zeros(2), np.ones(2), periodic, 1), 5)
    start, layer, tanh = trunk.blocks
    assert isinstance(start, Periodic) and isinstance(layer, Dense) and isinstance(tanh, Tanh)
    assert isinstance(layer.weight, np.ndarray) and isinstance(layer.bias, np.ndarray)
    assert layer.weight.shape == (2 + len(periodic), 300)
    assert np.abs(layer.weight).max() <= 4.0
    # The deviation of a uniform law is 4/√3, known from 600 numbers to 2 %: four of those.
    assert layer.weight.std() == pytest.approx(4 / np.sqrt(3), rel=0.08)


@in_double_precision
def test_every_kink_crosses_the_domain() -> None:
    trunk: Any = RandomTanh(300).trunk(Frame(np.zeros(2), np.ones(2), (), 1), 5)
    layer = trunk.blocks[1]
    # The plane w·z + b = 0 meets [-1, 1]² exactly if |b| ≤ |w|₁.
    assert (np.abs(layer.bias) <= np.abs(layer.weight).sum(axis=0)).all()
    assert np.ptp(layer.bias) > 3
