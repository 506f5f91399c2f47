"""Spectral-mixture kernels and products of features."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import in_double_precision
from residuum.blocks import KernelAxis, KernelProducts, SpectralMixture

from ._apply import apply

WEIGHTS, INVERSES, FREQUENCIES = np.array([0.7, 0.2]), np.array([1.3, 0.6]), np.array([0.0, 2.1])
DISTANCES = np.linspace(-1.1, 1.3, 9)


def mixture(d: np.ndarray, matern: bool) -> np.ndarray:
    a = np.sqrt(5) * np.abs(d[:, None] * INVERSES)
    envelope = (1 + a + a**2 / 3) * np.exp(-a) if matern else np.exp(-(a**2) / 10)
    waves = np.cos(2 * np.pi * FREQUENCIES * d[:, None])
    return np.asarray((WEIGHTS * envelope * waves).sum(axis=1))


@pytest.mark.parametrize("matern", [False, True])
@in_double_precision
def test_the_kernel_and_four_derivatives(matern: bool) -> None:
    kernel = SpectralMixture(WEIGHTS, INVERSES, FREQUENCIES, matern)
    found = [np.asarray(part) for part in kernel.derivatives(jnp.asarray(DISTANCES), 4)]
    np.testing.assert_allclose(found[0], mixture(DISTANCES, matern), rtol=1e-13, atol=1e-14)
    step = 1e-5
    for order in range(4):
        ends = [
            np.asarray(kernel.derivatives(jnp.asarray(DISTANCES + s), order)[order])
            for s in (step, -step)
        ]
        slope = (ends[0] - ends[1]) / (2 * step)
        # Central differences: 1e-10 of the third derivative, (2π 2.1)^7 = 7e7 at the most.
        np.testing.assert_allclose(found[order + 1], slope, atol=2e-2, rtol=1e-6)


@in_double_precision
def test_a_matern_kernel_has_its_even_derivatives_at_zero() -> None:
    kernel = SpectralMixture(np.ones(1), np.array([1.7]), np.zeros(1), True)
    found = [float(part[0]) for part in kernel.derivatives(jnp.zeros(1), 4)]
    # 1 - 5 r²/6 + 25 r⁴/24 - …, by the series of the exponential.
    scale = 1.7
    expected = [1, 0, -5 / 3 * scale**2, 0, 25 * scale**4]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@in_double_precision
def test_products_are_those_of_the_axes() -> None:
    kernel = SpectralMixture(WEIGHTS, INVERSES, FREQUENCIES)
    nodes, mixing = np.array([-0.5, 0.1, 0.9]), np.random.default_rng(3).normal(size=(3, 2))
    axis = KernelAxis(kernel, nodes, mixing)
    points = np.random.default_rng(5).uniform(-1, 1, (6, 2))
    first, second = (
        mixture((points[:, i : i + 1] - nodes).ravel(), False).reshape(6, 3) @ mixing
        for i in (0, 1)
    )
    block = KernelProducts((axis, axis))
    expected = (first[:, :, None] * second[:, None, :]).reshape(6, 4)
    np.testing.assert_allclose(apply(block, points), expected, rtol=1e-12, atol=1e-14)
    assert block.signature.outputs == 4
