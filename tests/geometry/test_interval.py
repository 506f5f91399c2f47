"""Intervals are boxes of one axis."""

from __future__ import annotations

import pytest
import sympy

from residuum._core._errors import DomainError
from residuum.geometry import Box, Interval


def test_interval() -> None:
    line = Interval(-1, 3, axis="r")
    r = sympy.Symbol("r", real=True)
    assert line == Box(r=(-1, 3))
    assert line.measure() == 4
    assert line.boundary_measure() == 2
    assert line.part_distances() == {"r_min": r + 1, "r_max": 3 - r}
    assert set(line.sample_boundary(20, key=7).ravel()) == {-1.0, 3.0}


def test_errors() -> None:
    with pytest.raises(DomainError):
        Interval(3, 3)
