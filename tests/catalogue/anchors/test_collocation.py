from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.catalogue.anchors._collocation import STAGES, collocate, radau


def test_points_are_those_of_radau() -> None:
    points = radau()
    assert points.shape == (STAGES,) and points[-1] == 1.0 and (np.diff(points) > 0).all()
    # Weights that integrate the first STAGES powers integrate twice as many less one.
    powers = np.arange(STAGES)
    weights = np.linalg.solve(points[None, :] ** powers[:, None], 1 / (powers + 1))
    high = np.arange(2 * STAGES - 1)
    assert np.abs((points[None, :] ** high[:, None]) @ weights - 1 / (high + 1)).max() < 1e-13
    assert abs(points ** (2 * STAGES - 1) @ weights - 1 / (2 * STAGES)) > 1e-9


def test_oscillation_and_decay_to_rounding() -> None:
    def defect(y: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return np.stack([rate[0] - y[1], rate[1] + y[0], rate[2] + 1e6 * (y[2] - y[0])])

    found = collocate(defect, np.array([1.0, 0.0, 1.0]), 10.0, tolerance=1e-12, first=1e-7)
    t = np.linspace(0, 10, 501)
    values = found(t)
    assert np.abs(values[:, 0] - np.cos(t)).max() < 1e-11
    # The stiff component follows cos(t) + 1e-6 sin(t) after the first microseconds.
    assert np.abs(values[1:, 2] - np.cos(t[1:]) - 1e-6 * np.sin(t[1:])).max() < 1e-10
    assert len(found.series) < 300


def test_algebraic_equations_are_met() -> None:
    def defect(y: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return np.stack([rate[0] + y[1], y[1] - y[0] ** 2])

    found = collocate(defect, np.array([1.0, 1.0]), 4.0, tolerance=1e-12, first=1e-3)
    t = np.linspace(0, 4, 101)
    assert np.abs(found(t)[:, 0] - 1 / (1 + t)).max() < 1e-12
    assert np.abs(found(t)[:, 1] - 1 / (1 + t) ** 2).max() < 1e-11


def test_times_outside_are_refused() -> None:
    found = collocate(lambda y, rate: rate + y, np.array([1.0]), 1.0)
    with pytest.raises(OptionError, match="times in"):
        found(np.array([-0.1]))
