"""Least squares by factors that are kept."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.inverse._factors import Factors


def test_solves_as_least_squares_does() -> None:
    random = np.random.default_rng(3)
    matrix, right = random.normal(size=(30, 8)), random.normal(size=(30, 2))
    factors = Factors.of(matrix * 10.0 ** np.arange(8))
    assert factors is not None
    exact = np.linalg.lstsq(matrix, right)[0] / 10.0 ** np.arange(8)[:, None]
    assert factors.solve(right) == pytest.approx(exact, rel=1e-10)
    assert factors.solve(right[:, 0]) == pytest.approx(exact[:, 0], rel=1e-10)


def test_a_column_given_twice_takes_nothing_away() -> None:
    random = np.random.default_rng(3)
    matrix, right = random.normal(size=(40, 12)), random.normal(size=40)
    doubled = np.column_stack([matrix, matrix[:, 0]])
    factors = Factors.of(doubled)
    assert factors is not None
    best = matrix @ np.linalg.lstsq(matrix, right)[0]
    assert doubled @ factors.solve(right) == pytest.approx(best, abs=1e-10)


def test_a_matrix_of_low_rank_is_none() -> None:
    assert Factors.of(np.ones((10, 4))) is None
