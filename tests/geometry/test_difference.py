"""Differences: holes and cuts."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc, Interval

from ._cases import HOLED, SQUARE


def test_measures() -> None:
    assert HOLED.measure() == pytest.approx(1 - 0.04 * np.pi, rel=1e-12)
    assert HOLED.boundary_measure("hole") == pytest.approx(0.4 * np.pi, rel=1e-12)
    assert HOLED.boundary_measure() == pytest.approx(4 + 0.4 * np.pi, rel=1e-12)
    assert (Interval(0, 3) - Interval(1, 2)).boundary_measure("x_min") == 2


def test_the_hole_has_the_outside_distance() -> None:
    x, y = sympy.symbols("x y", real=True)
    expected = ((x - 0.5) ** 2 + (y - 0.5) ** 2 - 0.04) / 0.4
    assert float((HOLED.distance("hole") - expected).subs({x: 0.1, y: 0.9})) == pytest.approx(0)
    assert HOLED.distance("x_min") == x


def test_normals_point_out_of_the_hole() -> None:
    assert np.allclose(HOLED.inward_normal([[0.7, 0.5], [0, 0.5]]), [[1, 0], [1, 0]])


def test_empty_is_refused() -> None:
    for larger in (SQUARE, Box(x=(-1, 2), y=(-1, 2)), Disc((0.5, 0.5), 1)):
        with pytest.raises(DomainError, match="left over"):
            SQUARE - larger


def test_a_part_cut_away_is_no_part() -> None:
    cut = (
        SQUARE
        - Box(
            x=(-1, 0.5),
            y=(-1, 2),
        )
        - Disc((5, 5), 1, name="far")
    )
    assert cut.parts == ("x_max", "y_min", "y_max")
    with pytest.raises(DomainError, match="a part among"):
        cut.sample_boundary(3, part="far", key=7)
