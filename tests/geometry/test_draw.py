"""Exactly n points, whatever is dropped."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Grid, Uniform
from residuum.geometry._checks import Array, Placed
from residuum.geometry._draw import blend, draw, pick, stretched


def _thin(unit: Array) -> Placed:
    return unit, unit[:, 0] < 0.01


def _nothing(unit: Array) -> Placed:
    return unit, np.zeros(len(unit), dtype=bool)


def test_rejection_draws_until_there_are_enough() -> None:
    points = draw(500, 2, _thin, design=Uniform(), key=7)
    assert points.shape == (500, 2)
    assert (points[:, 0] < 0.01).all()


def test_a_grid_is_thinned_evenly() -> None:
    points = draw(50, 2, lambda unit: (unit, unit[:, 1] < 0.5), design=Grid(), key=7)
    assert points[:, 0].min() < 0.2
    assert points[:, 0].max() > 0.8


def test_an_empty_shape_is_named() -> None:
    with pytest.raises(DomainError, match="0 kept"):
        draw(5, 1, _nothing, design=Uniform(), key=7)


def test_pick_follows_the_weights_and_restores_the_coordinate() -> None:
    unit = (np.arange(1000)[:, None] + 0.5) / 1000
    chosen, rest = pick(unit, [1.0, 0.0, 3.0])
    assert np.bincount(chosen).tolist() == [250, 0, 750]
    assert abs(rest[chosen == 2].mean() - 0.5) < 1e-9


def test_stretched_points_stay_inside_despite_rounding() -> None:
    bounds = np.array([[1e8, 1e8 + 1e-7]])
    points = stretched(np.array([[1e-12], [1 - 1e-12]]), bounds)
    assert (points > bounds[0, 0]).all()
    assert (points < bounds[0, 1]).all()


def test_blend_sums_what_is_chosen() -> None:
    normals = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[-1.0, 0.0]]])
    half = np.sqrt(0.5)
    assert np.allclose(blend(normals, np.array([[True], [True], [False]])), [[half, half]])
    assert np.allclose(blend(normals, np.array([[True], [False], [True]])), [[1, 0]])
