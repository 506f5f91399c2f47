"""Random domains: holes that touch nothing, star shapes inside their box."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import DomainError, OptionError
from residuum.geometry import Box, Difference, Disc, Polygon, Shape
from residuum.problem import Place, RandomHoles, StarShapes

SQUARE = Box(x=(0, 1), y=(0, 1))


def place(shape: Shape = SQUARE) -> Place:
    return Place((), np.zeros((0, 2)), (), shape)


def discs(shape: Shape) -> list[tuple[np.ndarray, float]]:
    found = []
    while isinstance(shape, Difference):
        assert isinstance(shape.second, Disc)
        found.append((np.array(shape.second.center), shape.second.radius))
        shape = shape.first
    return found


def test_holes_keep_their_distance() -> None:
    holes, counts = RandomHoles(count=(1, 4), radius=(0.05, 0.12), gap=0.04), set()
    for key in range(40):
        found = discs(holes.draw(place(), key))
        counts.add(len(found))
        for k, (centre, radius) in enumerate(found):
            assert 0.05 <= radius <= 0.12
            assert (np.minimum(centre, 1 - centre) >= radius + 0.04).all()
            for other, width in found[:k]:
                assert np.linalg.norm(centre - other) >= radius + width + 0.04
    assert counts == {1, 2, 3, 4}


def test_the_same_key_gives_the_same_domain() -> None:
    first, again, other = (discs(RandomHoles(2).draw(place(), key)) for key in (5, 5, 6))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0][0], other[0][0])


def test_too_many_holes_are_refused() -> None:
    with pytest.raises(DomainError, match="room for"):
        RandomHoles(30, 0.2).draw(place(), 3)
    with pytest.raises(DomainError, match="two or three axes"):
        RandomHoles().draw(place(Box(x=(0, 1))), 3)
    with pytest.raises(OptionError, match="above zero"):
        RandomHoles(gap=0)


def test_balls_are_cut_from_solids() -> None:
    cube = Box(x=(0, 1), y=(0, 1), z=(0, 1))
    solid = RandomHoles(1, 0.2).draw(place(cube), 4)
    assert abs(solid.measure() - (1 - 4 / 3 * np.pi * 0.2**3)) < 1e-12


def test_stars_fill_their_box_and_are_simple() -> None:
    shapes = [StarShapes(size=0.8).draw(place(), key) for key in range(10)]
    for shape in shapes:
        assert isinstance(shape, Polygon) and shape.parts == ("outline",)
        radius = np.linalg.norm(np.array(shape.vertices) - 0.5, axis=1)
        assert abs(radius.max() - 0.4) < 1e-12 and radius.min() > 0.05
    assert len({shape.measure() for shape in shapes}) == 10
    with pytest.raises(OptionError, match="four corners or more per wave"):
        StarShapes(waves=20)
    with pytest.raises(DomainError, match="two axes"):
        StarShapes().draw(place(Box(x=(0, 1))), 3)
