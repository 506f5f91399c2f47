"""Boundaries of plane shapes as pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc, Interval, Polygon, Shape
from residuum.geometry.mesh._outline import outline
from tests.geometry._cases import COMBINED, EXACT

PLANE = {k: v for k, v in (EXACT | COMBINED).items() if v.dimension == 2}


def area_of(shape: Shape) -> float:
    """The area by Green's theorem: half the integral of x dy - y dx along the pieces."""
    total = 0.0
    nodes, weights = np.polynomial.legendre.leggauss(20)
    for piece in outline(shape).pieces:
        a, b = piece.span
        t = (a + b) / 2 + (b - a) / 2 * nodes
        x, y = piece.at(t).T
        if piece.radius:
            dx, dy = piece.radius * np.array([-np.sin(t), np.cos(t)])
        else:
            dx, dy = piece.end - piece.start
        total += float(((x * dy - y * dx) * weights).sum() * (b - a) / 4)
    return total


@pytest.mark.parametrize("name", PLANE)
def test_pieces_bound_the_shape(name: str) -> None:
    shape = PLANE[name]
    edge = outline(shape)
    assert np.bincount(edge.ends[:, 0]).tolist() == [1] * len(edge.nodes)
    for piece in edge.pieces:
        middle = piece.at(sum(piece.span) / 2)[None]
        assert shape.on_part(middle, piece.part, 1e-9).all()
    # Measures of members that partly overlap are estimated by points, to about 1e-3.
    assert area_of(shape) == pytest.approx(shape.measure(), rel=4e-3)
    assert sum(p.length for p in edge.pieces) == pytest.approx(shape.boundary_measure(), rel=4e-3)


def test_exact_areas() -> None:
    lens = Disc((0, 0), 1) & Disc((1, 0), 1)
    assert area_of(lens) == pytest.approx(2 * np.pi / 3 - np.sqrt(3) / 2, rel=1e-12)
    slot = Box(x=(0, 2), y=(0, 1)) - Box(x=(0.5, 1), y=(0.25, 1))
    assert area_of(slot) == pytest.approx(2 - 0.375, rel=1e-12)
    joined = Box(x=(0, 1), y=(0, 1)) | Box(x=(1, 2), y=(0.25, 0.5))
    assert area_of(joined) == pytest.approx(1.25, rel=1e-12)
    twice = Disc((0, 0), 1) | Disc((0, 0), 1)
    assert area_of(twice) == pytest.approx(np.pi, rel=1e-12)
    bar = Interval(0, 1).over(t=(0, 2)) - Disc((1, 0.5), 0.2, axes=("t", "x"))
    assert area_of(bar) == pytest.approx(2 - 0.04 * np.pi, rel=1e-12)


def test_angles_at_the_corners() -> None:
    edge = outline(Polygon([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]))
    inner = np.flatnonzero((edge.nodes == (1, 1)).all(axis=1))
    assert edge.angles[inner] == pytest.approx(1.5 * np.pi)
    assert edge.angles.sum() == pytest.approx(4 * np.pi, rel=1e-12)


def test_boundaries_that_touch_themselves_are_refused() -> None:
    square = Box(x=(0, 1), y=(0, 1))
    with pytest.raises(DomainError, match=r"touch itself.*\(1, 1\)"):
        outline(square | Box(x=(1, 2), y=(1, 2)))
    with pytest.raises(DomainError, match=r"touch itself|cusp"):
        outline(square - Disc((0.5, 0.25), 0.25))


@settings(max_examples=40, deadline=None)
@given(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), st.floats(0.1, 1.5), st.sampled_from("-|&"))
def test_any_disc_with_a_square(center: tuple[float, float], radius: float, how: str) -> None:
    square, disc = Box(x=(-1, 1), y=(-1, 1)), Disc(center, radius)
    try:
        shape: Shape = {"-": square.__sub__, "|": square.__or__, "&": square.__and__}[how](disc)
        found = area_of(shape)
    except DomainError:
        return  # empty, or touching
    assert found == pytest.approx(shape.measure(), abs=2e-2)
