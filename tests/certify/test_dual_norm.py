"""The dual norm: its exponent, its scaling with the box, its equivalence to the error."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.certify import DualNorm
from residuum.discretise.spectral import FourierAxis


def unit(count: int = 16) -> list[FourierAxis]:
    return [FourierAxis(0.0, 1.0, count), FourierAxis(0.0, 1.0, count)]


def test_amplitudes_are_multiplied_by_the_inverse_root() -> None:
    # sin 2π(2x + y): norm 1/√2 in L2, one pair of waves of |k|² = 5.
    axes = unit()
    x, y = np.meshgrid(*(axis.nodes for axis in axes), indexing="ij")
    wave = np.sin(2 * np.pi * (2 * x + y))
    symbol = 10**-1.5 + 4 * np.pi**2 * 5
    # Rounding alone: a single mode is exact.
    assert DualNorm(axes)(wave) == pytest.approx(symbol**-0.5 / np.sqrt(2), rel=1e-12)
    # Not the fourth root, which is the norm of order -1/2.
    assert DualNorm(axes, order=-0.5)(wave) == pytest.approx(symbol**-0.25 / np.sqrt(2), rel=1e-12)


@pytest.mark.parametrize("count", [15, 16])
def test_order_zero_is_the_norm_of_l2(count: int) -> None:
    axes = [FourierAxis(-1.0, 2.0, count)]
    values = np.random.default_rng(19).standard_normal((2, count))
    found = DualNorm(axes, order=0.0)(values)
    assert found == pytest.approx(np.sqrt(3.0 * (values**2).sum() / count), rel=1e-12)


def test_a_larger_box_scales_by_its_length() -> None:
    # The same waves on a box s times as long: H^-1 gains s, and sqrt(s) each axis from the measure.
    values = np.random.default_rng(23).standard_normal((16, 16))
    large = [FourierAxis(0.0, 1e9, 16), FourierAxis(0.0, 1e9, 16)]
    assert DualNorm(large)(values) == pytest.approx(1e18 * DualNorm(unit())(values), rel=1e-12)


def test_residual_of_laplace_is_the_gradient_of_the_error() -> None:
    # -Δe = r with zero mean: |r| in H^-1 is |∇e| in L2, but for α = 0.03 against 4π² = 39.5.
    axes = unit()
    x, y = np.meshgrid(*(axis.nodes for axis in axes), indexing="ij")
    turn = 2 * np.pi
    error = np.sin(turn * x) * np.cos(turn * 2 * y)
    residual = 5 * turn**2 * error
    gradient = turn * np.hypot(
        np.linalg.norm(np.cos(turn * x) * np.cos(turn * 2 * y)),
        2 * np.linalg.norm(np.sin(turn * x) * np.sin(turn * 2 * y)),
    )
    assert DualNorm(axes)(residual) == pytest.approx(gradient / 16, rel=1e-3)


def test_a_shift_of_zero_is_refused() -> None:
    with pytest.raises(OptionError):
        DualNorm(unit(), shift=0.0)
