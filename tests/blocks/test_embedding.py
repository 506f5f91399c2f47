"""Periodic axes and Fourier features."""

from __future__ import annotations

import numpy as np

from residuum._core import in_double_precision
from residuum.blocks import FourierFeatures, Periodic

from ._apply import apply

RANDOM = np.random.default_rng(41)
X = RANDOM.uniform(-1, 1, (5, 3))


@in_double_precision
def test_a_periodic_axis_becomes_harmonics() -> None:
    block = Periodic((1,), 3, 2)
    angle = np.pi * X[:, 1:2] * [1, 2]
    expected = np.hstack([X[:, :1], np.cos(angle), np.sin(angle), X[:, 2:]])
    np.testing.assert_allclose(apply(block, X), expected, rtol=0, atol=1e-15)
    assert block.signature.outputs == 6


@in_double_precision
def test_no_periodic_axis_changes_nothing() -> None:
    block = Periodic((), 3, 4)
    np.testing.assert_array_equal(apply(block, X), X)
    assert block.signature.outputs == 3


@in_double_precision
def test_fourier_features_are_waves() -> None:
    frequencies = RANDOM.normal(size=(3, 4))
    expected = np.hstack([np.cos(X @ frequencies), np.sin(X @ frequencies)])
    found = apply(FourierFeatures(frequencies), X)
    # Rounding of an angle of a few radians.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)
