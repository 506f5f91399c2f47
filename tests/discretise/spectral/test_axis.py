"""Nodes, maps, differentiation and interpolation of one axis."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError, double_precision
from residuum.discretise.spectral import Axis, ChebyshevAxis, FourierAxis, Layer, axis_of

AXES = [
    FourierAxis(-1.0, 1.0, 32),
    FourierAxis(0.0, 3.0, 31),
    ChebyshevAxis(-1.0, 2.0, 40),
    ChebyshevAxis(0.0, 1e-9, 40),
    ChebyshevAxis(-1.0, 1.0, 90, Layer(0.3, 3.0)),
    ChebyshevAxis(-1.0, 1.0, 90, Layer(-1.0, 3.0)),
]


def wave(axis: Axis, x: np.ndarray, order: int) -> np.ndarray:
    """Return derivatives of the sine of period one length, shifted."""
    k = 2 * np.pi / (axis.high - axis.low)
    found: np.ndarray = k**order * np.sin(k * (x - axis.low) + 0.4 + order * np.pi / 2)
    return found


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_matrices_differentiate(axis: Axis, order: int) -> None:
    found = axis.matrix(order) @ wave(axis, axis.nodes, 0)
    exact = wave(axis, axis.nodes, order)
    # Rounding of second derivatives on 90 mapped nodes: measured 2e-9.
    assert np.abs(found - exact).max() <= 1e-8 * np.abs(exact).max()


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("order", [0, 1, 3])
def test_interpolation_differentiates(axis: Axis, order: int) -> None:
    stored = axis.stored(wave(axis, axis.nodes, 0), 0)
    points = axis.low + (axis.high - axis.low) * np.linspace(0, 1, 57)
    with double_precision():
        rows = axis.basis(jnp.asarray(points), order)[order]
        found = np.asarray(rows @ jnp.asarray(stored))
    exact = wave(axis, points, order)
    # Third derivatives at the ends of 90 mapped nodes lose most: measured 5e-6.
    assert np.abs(found - exact).max() <= [1e-12, 1e-9, 0, 1e-4][order] * np.abs(exact).max()
    plain = axis.basis(points, 0)[0] @ stored
    assert np.abs(plain - wave(axis, points, 0)).max() < 1e-12


@pytest.mark.parametrize("axis", AXES, ids=str)
def test_plain_data(axis: Axis) -> None:
    assert axis_of(axis.data) == axis
    assert axis.resized(64).count == 64
    assert axis.nodes[0] == axis.low
    assert (np.diff(axis.nodes) > 0).all()


def test_spectrum_decays_faster_than_any_power() -> None:
    for axis in (FourierAxis(-1.0, 1.0, 64), ChebyshevAxis(-1.0, 1.0, 64)):
        sizes = axis.spectrum(np.exp(np.sin(np.pi * axis.nodes)), 0)
        # Entire functions: at 32 waves nothing but rounding is left (measured 2e-17 and 5e-17).
        assert sizes[-6:].max() < 1e-14
        assert sizes.max() > 0.5


def test_too_few_nodes() -> None:
    with pytest.raises(OptionError):
        FourierAxis(0.0, 1.0, 1)
    with pytest.raises(OptionError):
        ChebyshevAxis(1.0, 0.0, 9)
