"""Lengths of edges along an outline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from residuum.geometry import Box, Disc
from residuum.geometry.mesh._outline import outline
from residuum.geometry.mesh._spacing import CORNER, PER_TURN, Spacing, placed, spacing
from tests.geometry._cases import ELL, SQUARE


def test_sizes_grow_from_the_smallest_place() -> None:
    law = Spacing(np.array([(0.0, 0.0)]), np.array([0.01]), 0.2, 0.5)
    assert law.at(np.array([(0.0, 0.0), (0.1, 0.0), (5.0, 0.0)])) == pytest.approx(
        [0.01, 0.06, 0.2]
    )
    assert Spacing(np.zeros((0, 2)), np.zeros(0), 0.2, 0.5).at(np.zeros((1, 2))) == 0.2


def test_reentrant_corners_arcs_and_passages_are_small() -> None:
    law = spacing(outline(ELL), ELL, 0.2, 0.3)
    assert law.at(np.array([(1.0, 1.0), (0.0, 0.0)])) == pytest.approx([CORNER * 0.2, 0.2])
    holed = SQUARE - Disc((0.5, 0.5), 0.01)
    at = spacing(outline(holed), holed, 0.2, 0.3).at(np.array([(0.51, 0.5)]))
    assert at == pytest.approx(2 * np.pi * 0.01 / PER_TURN)
    passage = SQUARE - Box(x=(0.1, 0.9), y=(0.02, 0.5))
    at = spacing(outline(passage), passage, 0.2, 0.3).at(np.array([(0.5, 0.0)]))
    # Samples of the two sides may miss each other by their distance, two thousandths here.
    assert at == pytest.approx(0.01, rel=0.8)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.5), st.floats(0.05, 1.0), st.floats(0.05, 0.9))
@example(0.140625, 1.0, 0.05)
def test_points_follow_the_law(size: float, grading: float, place: float) -> None:
    piece = outline(SQUARE).pieces[0]
    law = Spacing(piece.at(np.array([place])), np.array([size / 10]), size, grading)
    points = piece.at(placed(piece, law))
    assert np.allclose(points[[0, -1]], piece.tips, atol=1e-14)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    wanted = law.at((points[1:] + points[:-1]) / 2)
    # An edge of count one around the small place is up to 1.3 times as long as wanted in its
    # middle, and the midpoint rule sees the place only if a middle is near: at most 1.74 in
    # 20,000 laws.
    # One count more than needed shortens all alike.
    assert (steps <= 1.9 * wanted).all() and steps.sum() == pytest.approx(1, rel=1e-12)
