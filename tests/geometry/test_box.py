"""Boxes of any dimension."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Box

from ._cases import evaluate


def test_names_and_measures() -> None:
    box = Box(t=(0, 2), x=(-1, 2), y=(0, 5))
    assert box.axes == ("t", "x", "y")
    assert box.parts == ("t_min", "t_max", "x_min", "x_max", "y_min", "y_max")
    assert box.measure() == 30
    assert box.boundary_measure("x_max") == 10
    assert box.boundary_measure() == 2 * (6 + 10 + 15)
    assert box.without("t") == Box(x=(-1, 2), y=(0, 5))
    assert repr(box) == "Box(t=(0, 2), x=(-1, 2), y=(0, 5))"


def test_sides_in_the_middle_and_in_the_corner() -> None:
    box, half = Box(x=(0, 1), y=(0, 2)), np.sqrt(0.5)
    points = np.array([[0, 1], [1, 1], [0.5, 0], [0.5, 2], [0, 0], [1, 2]])
    normals = [[1, 0], [-1, 0], [0, 1], [0, -1], [half, half], [-half, -half]]
    assert np.allclose(box.inward_normal(points), normals)
    assert box.on_part(points, "x_min").tolist() == [True, False, False, False, True, False]
    assert not box.on_part([[0, 3]], "x_min")[0]
    assert box.signed_distance(np.array([[0.5, 1], [2, 3], [0.5, -1]])).tolist() == [
        -0.5,
        np.sqrt(2),
        1,
    ]


def test_axes_of_very_different_units() -> None:
    box = Box(t=(0, 1), x=(0, 1e-9))
    points = np.array([[0.5, 0], [0.5, 2e-10], [0, 2e-10]])
    assert box.on_part(points, "x_min").tolist() == [True, False, False]
    assert box.on_part(points, "t_min").tolist() == [False, False, True]
    assert np.allclose(box.inward_normal(points[[0, 2]]), [[0, 1], [1, 0]])


def test_far_from_the_origin() -> None:
    box = Box(x=(1e8, 1e8 + 1e-3), y=(0, 1))
    assert box.on_part(box.sample_boundary(50, key=7), "boundary").all()
    assert box.contains(box.sample(50, key=7)).all()


def test_default_distance_is_a_scaled_product() -> None:
    box = Box(x=(0, 2), y=(0, 2))
    values = evaluate(box.distance(), box, np.array([[1.0, 1.0], [1e-7, 1.0], [0.0, 0.0]]))
    # Quarter of the side at the centre, slope one mid-side, finite in the corner.
    assert np.allclose(values, [0.5, 1e-7, 0], atol=1e-13)
    assert evaluate(box.distance(normalised=True), box, np.zeros((1, 2)))[0] == 0


def test_errors() -> None:
    for wrong in ({}, {"x": (1, 0)}, {"x": (0, np.inf)}, {"2x": (0, 1)}):
        with pytest.raises(DomainError):
            Box(**wrong)
    with pytest.raises(DomainError, match="axis among"):
        Box(x=(0, 1)).without("y")
    with pytest.raises(DomainError, match="one axis or more"):
        Box(x=(0, 1)).without("x")
