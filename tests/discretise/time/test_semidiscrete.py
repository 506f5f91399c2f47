from __future__ import annotations

import numpy as np
import pytest

from residuum._core import DataError
from residuum.discretise.time._semidiscrete import Scale

from ._systems import Sparse, stokes_like, wave


def test_errors_are_relative_to_weights_and_count_differential_unknowns_only() -> None:
    system, _ = stokes_like()
    system.weights = np.array([1.0, 10.0, 100.0, 1e-3])
    scale = Scale(system, 1e-2)
    vector = np.array([0.02, 0.2, 2.0, 1e6])
    assert scale.error(vector) == pytest.approx(2.0)
    assert scale.size(vector) == pytest.approx(0.02)


def test_a_correction_counts_algebraic_unknowns_relative_to_their_size() -> None:
    system, _ = stokes_like()
    scale = Scale(system, 1e-2)
    change = np.array([0.0, 0.0, 0.0, 5.0])
    assert scale.correction(change, np.array([0, 0, 0, 1000.0])) == pytest.approx(0.5)
    assert scale.correction(change, np.zeros(4)) == pytest.approx(500.0)


def test_groups_grow_apart_and_the_largest_error_counts() -> None:
    system = wave(4)
    system.groups = np.repeat([7, 9], 3)  # type: ignore[attr-defined]
    scale = Scale(system, 0.1)
    scale.grow(np.array([50.0, 50, 50, 0, 0, 0]))
    assert scale.error(np.array([5.0, 5, 5, 0, 0, 0])) == pytest.approx(1.0)
    assert scale.error(np.array([5.0, 5, 5, 0.3, 0.3, 0.3])) == pytest.approx(3.0)
    scale.grow(np.zeros(6))
    assert scale.error(np.array([5.0, 5, 5, 0, 0, 0])) == pytest.approx(1.0)


def test_without_groups_weights_stay() -> None:
    scale = Scale(wave(4), 0.1)
    scale.grow(np.full(6, 50.0))
    assert scale.error(np.full(6, 0.1)) == pytest.approx(1.0)


def test_a_system_without_rates_is_measured_whole() -> None:
    def residual(t: float, u: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return u

    system = Sparse(2, residual, lambda t, u, r: (np.eye(2), np.zeros((2, 2))))
    system.differential = np.zeros(2, bool)
    assert Scale(system, 0.5).error(np.ones(2)) == pytest.approx(2.0)


@pytest.mark.parametrize("weights", [np.ones(3), np.array([1, 1, 0, 1.0]), np.full(4, np.nan)])
def test_bad_weights_are_refused(weights: np.ndarray) -> None:
    system, _ = stokes_like()
    system.weights = weights
    with pytest.raises(DataError, match="4 positive weights"):
        Scale(system, 1e-3)


def test_a_mask_of_the_wrong_length_is_refused() -> None:
    system, _ = stokes_like()
    system.differential = np.ones(3, bool)
    with pytest.raises(DataError, match="mask for 4"):
        Scale(system, 1e-3)
