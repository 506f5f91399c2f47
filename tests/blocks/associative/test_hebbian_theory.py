"""Replica-symmetric thresholds of Hebbian networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import erf

from residuum._core import OptionError
from residuum.blocks.associative import crossing, hebbian_overlap, hebbian_threshold


def test_pairs_hold_the_classical_share() -> None:
    # Amit, Gutfreund and Sompolinsky: 0.138, with an overlap of 0.967 just below.
    assert hebbian_threshold(2) == pytest.approx(0.138, abs=5e-4)
    assert hebbian_overlap(0.1378, 2) == pytest.approx(0.967, abs=0.01)


@pytest.mark.parametrize("order", [3, 4, 6])
def test_dense_thresholds_maximise_the_closed_form(order: int) -> None:
    # With x = m^{P-1} / √(2a), m = erf x gives a = erf(x)^{2(P-1)} / (2x²).
    best = minimize_scalar(
        lambda x: -(erf(x) ** (2 * order - 2)) / (2 * x**2), bounds=(0.5, 3), method="bounded"
    )
    assert hebbian_threshold(order) == pytest.approx(-best.fun, abs=3e-4)


def test_cold_is_the_limit_of_warm() -> None:
    for order, load in ((2, 0.1), (3, 0.15)):
        cold = hebbian_overlap(load, order, spread=0.1)
        warm, warmer = (
            hebbian_overlap(load, order, spread=0.1, temperature=heat) for heat in (0.02, 0.04)
        )
        # The overlap changes in proportion to the temperature at first: 0.0026 for P = 3.
        assert warm == pytest.approx(cold, abs=5e-3)
        assert 2 * warm - warmer == pytest.approx(cold, abs=1e-3)


def test_noise_of_examples_costs_storage() -> None:
    plain, noisy = (hebbian_threshold(3, spread=rho) for rho in (0.0, 0.1))
    assert noisy < 0.85 * plain
    assert hebbian_overlap(1.02 * plain, 3) == 0.0 < hebbian_overlap(0.98 * plain, 3)


def test_a_crossing_is_interpolated() -> None:
    assert crossing(np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.75, 0.25])) == 3.0
    with pytest.raises(OptionError, match="through a half"):
        crossing(np.array([1.0, 2.0]), np.array([1.0, 0.9]))
    with pytest.raises(OptionError, match="load above zero"):
        hebbian_overlap(0.0, 2)
