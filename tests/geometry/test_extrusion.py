"""Space-time cylinders."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc, Extrusion, Grid, Interval

from ._cases import HOLED, SQUARE


def test_names_and_measures() -> None:
    tube = Disc((0, 0), 1, name="wall").over(t=(1, 3))
    assert tube.axes == ("t", "x", "y")
    assert tube.time == ("t", 1.0, 3.0)
    assert tube.shape == Disc((0, 0), 1, name="wall")
    assert tube.parts == ("wall", "t_min", "t_max")
    assert tube.measure() == pytest.approx(2 * np.pi)
    assert tube.boundary_measure("lateral") == pytest.approx(4 * np.pi)
    assert tube.boundary_measure("t_min") == pytest.approx(np.pi)
    assert tube.boundary_measure() == pytest.approx(6 * np.pi)
    assert tube == Extrusion(Disc((0, 0), 1, name="wall"), t=(1, 3))


def test_a_box_over_time_is_the_box_with_time() -> None:
    tube, box = SQUARE.over(t=(0, 2)), Box(t=(0, 2), x=(0, 1), y=(0, 1))
    points = np.random.default_rng(7).uniform(-1, 3, (300, 3))
    assert np.allclose(tube.signed_distance(points), box.signed_distance(points))
    assert np.allclose(tube.bounds, box.bounds)
    rim = box.sample_boundary(200, key=7)
    assert np.allclose(tube.inward_normal(rim), box.inward_normal(rim))
    for part in tube.parts:
        assert np.array_equal(tube.on_part(rim, part), box.on_part(rim, part))
        assert tube.distance(part) == box.distance(part)


def test_lateral_is_all_but_the_caps() -> None:
    tube = HOLED.over(t=(0, 2))
    lateral = tube.sample_boundary(500, part="lateral", key=7)
    assert tube.on_part(lateral, "lateral").all()
    assert HOLED.on_part(lateral[:, 1:], "boundary").all()
    assert ((lateral[:, 0] > 0) & (lateral[:, 0] < 2)).all()
    assert tube.on_part([[0, 0.2, 0.2]], "lateral").tolist() == [False]
    assert tube.distance("lateral") == HOLED.distance()


def test_ends_of_an_interval_over_time() -> None:
    rod = (Interval(0, 3) - Interval(1, 2)).over(t=(0, 1))
    lateral = rod.sample_boundary(64, part="lateral", design=Grid(), key=7)
    assert set(lateral[:, 1]) == {0.0, 1.0, 2.0, 3.0}
    assert len(np.unique(lateral, axis=0)) == 64
    assert rod.boundary_measure("lateral") == 4


def test_caps_are_drawn_in_proportion() -> None:
    tube = (SQUARE - Disc((0, 0), 0.9)).over(t=(0, 1))
    points = tube.sample_boundary(8192, key=7)
    share = tube.on_part(points, "t_min").mean()
    exact = 1 - 0.2025 * np.pi
    lateral = 2.2 + 0.45 * np.pi
    assert abs(share - exact / (2 * exact + lateral)) < 5e-3


def test_units_of_space_and_time_do_not_mix() -> None:
    tube = Interval(0, 1e-9).over(t=(0, 1))
    points = np.array([[0.5, 0], [0, 5e-10], [0.5, 5e-10]])
    assert tube.on_part(points, "x_min").tolist() == [True, False, False]
    assert tube.on_part(points, "t_min").tolist() == [False, True, False]
    assert np.allclose(tube.inward_normal(points[:2]), [[0, 1], [1, 0]])
    t, x = sympy.symbols("t x", real=True)
    assert tube.part_distances()["t_max"] == 1 - t
    assert tube.distance().subs({t: 0.5, x: 5e-10}) == pytest.approx(2.5e-10)


def test_errors() -> None:
    with pytest.raises(DomainError, match="without"):
        Box(t=(0, 1), x=(0, 1)).over(t=(0, 1))
    with pytest.raises(DomainError, match="one time axis"):
        SQUARE.over()
    with pytest.raises(DomainError, match="one time axis"):
        SQUARE.over(t=(0, 1), s=(0, 1))
    with pytest.raises(DomainError, match="increasing"):
        SQUARE.over(t=(1, 0))
    with pytest.raises(DomainError, match="new to"):
        Disc((0, 0), 1, name="t_min").over(t=(0, 1))
