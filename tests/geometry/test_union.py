"""Unions, apart, overlapping and touching."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc, Interval

from ._cases import ELL, SQUARE, evaluate

TOUCHING = SQUARE | Box(x=(1, 2), y=(0, 1))


def test_measures() -> None:
    apart = Interval(0, 1) | Interval(2, 4)
    assert apart.measure() == 3
    assert apart.boundary_measure() == 4
    assert apart.boundary_measure("x_min") == 2
    circles = Disc((0, 0), 1) | Disc((1, 0), 1)
    lens = 2 * np.pi / 3 - np.sqrt(3) / 2
    # Quasi-random with 2**15 points: measured error 2e-4.
    assert circles.measure() == pytest.approx(2 * np.pi - lens, rel=1e-3)
    assert circles.boundary_measure() == pytest.approx(8 * np.pi / 3, rel=1e-3)


def test_a_shared_face_is_no_boundary() -> None:
    assert TOUCHING.measure() == 2
    assert TOUCHING.boundary_measure() == 6
    assert not TOUCHING.on_part([[1, 0.5]], "boundary")[0]
    assert TOUCHING.contains([[1, 0.5]])[0]
    rim = TOUCHING.sample_boundary(500, key=7)
    assert not ((rim[:, 0] == 1) & (rim[:, 1] > 0) & (rim[:, 1] < 1)).any()


def test_a_shared_face_has_no_smooth_distance() -> None:
    for part in ("boundary", "x_min"):
        with pytest.raises(DomainError, match="shared face"):
            TOUCHING.distance(part)


def test_parts_do_not_run_on_inside() -> None:
    ell = Box(x=(0, 2), y=(0, 1)) | Box(x=(0, 1), y=(0, 2))
    inside = np.array([[1, 0.5], [0.5, 1], [1.5, 0.999], [0.999, 1.5]])
    assert np.array_equal(ell.contains(inside), ELL.contains(inside))
    for part in ell.parts:
        assert (evaluate(ell.distance(part), ell, inside) > 5e-4).all()
