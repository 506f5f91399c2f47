"""The map that crowds nodes: inverse, ends, derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.spectral import ChebyshevAxis, Layer

LAYERS = [Layer(), Layer(0.0, 20.0), Layer(0.3, 4.0), Layer(-1.0, 100.0), Layer(1.0, 8.0)]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_back_undoes_place(layer: Layer) -> None:
    s = np.linspace(-1, 1, 101)
    x = layer.place(s)
    assert (x[0], x[-1]) == (-1.0, 1.0)
    assert (np.diff(x) > 0).all()
    assert np.abs(layer.back(x) - s).max() < 1e-12


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_slopes_against_differences(layer: Layer) -> None:
    x, h = np.linspace(-0.9, 0.9, 19), 1e-5
    first, second = layer.slopes(x, 2)
    near, far = layer.back(x - h), layer.back(x + h)
    # Central differences with h = 1e-5: 1e-10 relative to the third derivative for the first,
    # rounding of 1e-16 / h² for the second.
    scale = max(layer.sharpness, 1.0) ** 3
    assert np.abs((far - near) / (2 * h) - first).max() < 1e-9 * scale
    assert np.abs((far - 2 * layer.back(x) + near) / h**2 / 2 - second).max() < 1e-5 * scale


def test_layer_crowds_nodes() -> None:
    x = ChebyshevAxis(-1.0, 1.0, 101, Layer(0.0, 20.0)).nodes
    assert (np.abs(x) < 0.1).sum() > 45
    assert np.abs(x + x[::-1]).max() < 1e-13
