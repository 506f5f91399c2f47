"""What unions, intersections and differences share."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc, Interval, Shape

from ._cases import HOLED, SQUARE, around

A: Shape = Disc((0, 0), 1)
B: Shape = Box(x=(0, 2), y=(-0.5, 0.5))
C: Shape = Disc((0.5, 0.5), 0.7, name="other")


def test_identities() -> None:
    points = around(A | B, 2000, seed=7)

    def has(shape: Shape) -> list[bool]:
        return [bool(value) for value in shape.contains(points)]

    assert has(A | B) == has(B | A)
    assert has(A & B) == has(A - (A - B))
    assert has((A | B) & C) == has((A & C) | (B & C))
    assert has(A - (B | C)) == has((A - B) - C)
    assert has((A - B) | (A & B)) == has(A)


def test_measures_add_up() -> None:
    both, one, other = A & B, A - B, B - A
    # Each estimate is good to about 1e-3; together they share one overlap and add up exactly.
    assert one.measure() + both.measure() == pytest.approx(A.measure(), rel=1e-12)
    assert (A | B).measure() == pytest.approx(one.measure() + both.measure() + other.measure())


def test_equal_names_merge() -> None:
    plate: Shape = Box(x=(0, 4), y=(0, 1))
    for k in range(4):
        plate = plate - Disc((k + 0.5, 0.5), 0.25, name="hole")
    assert plate.parts == ("x_min", "x_max", "y_min", "y_max", "hole")
    assert plate.measure() == pytest.approx(4 - np.pi / 4, rel=1e-12)
    assert plate.boundary_measure("hole") == pytest.approx(2 * np.pi, rel=1e-12)
    rims = plate.sample_boundary(400, part="hole", key=7)
    assert (np.bincount(rims[:, 0].astype(int)) > 90).all()


def test_pieces_of_mixed_acceptance_are_drawn_uniformly() -> None:
    # A quarter of the circle and three of four sides are dropped: density must not depend on it.
    shape = (Disc((0, 0), 1) & Box(x=(0, 2), y=(0, 2))) | Box(x=(3, 4), y=(0, 1))
    points = shape.sample_boundary(8192, key=7)
    exact = (np.pi / 2 + 2) / (np.pi / 2 + 6)
    assert abs((points[:, 0] < 2).mean() - exact) < 5e-3


def test_shared_boundaries_are_drawn_once() -> None:
    shape = SQUARE | Box(x=(0.5, 2), y=(0, 1))
    points = shape.sample_boundary(4096, part="y_min", key=7)
    assert abs((points[:, 0] < 1).mean() - 0.5) < 5e-3
    assert shape.boundary_measure("y_min") == pytest.approx(2, rel=2e-3)


def test_axes_must_agree() -> None:
    with pytest.raises(DomainError, match="same axes"):
        Interval(0, 1) | Interval(0, 1, axis="y")
    with pytest.raises(DomainError, match="same axes"):
        SQUARE - Disc((0, 0), 1, axes=("y", "x"))


def test_corners_belong_to_the_boundary() -> None:
    shape = SQUARE - Box(x=(0.5, 1), y=(0.5, 1))
    assert shape.on_part([[0.5, 0.5], [1.0, 0.5], [0.5, 1.0], [0.0, 0.0]], "boundary").all()
    assert not shape.on_part([[1.0, 0.75], [0.75, 1.0], [1.0, 1.0]], "boundary").any()
    assert HOLED.on_part([[0.7, 0.5], [0.5, 0.5]], "hole").tolist() == [True, False]
    assert HOLED.on_part([[0.7 + 1e-4, 0.5]], "hole", 1e-3)[0]


def test_long_chains_stay_short() -> None:
    plate: Shape = Box(x=(0, 8), y=(0, 1))
    for k in range(8):
        plate = plate - Disc((k + 0.5, 0.5), 0.25, name="hole")
    # Joined pair by pair the tree would have 2⁸ leaves; in halves it has about 8².
    assert plate.distance("hole").count_ops() < 1000
