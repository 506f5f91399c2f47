"""Rings: what is refused, and the tree of hulls and pockets."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from residuum._core._errors import DomainError
from residuum.geometry import Polygon
from residuum.geometry._ring import area, check_simple, inside_of, turns

from ._cases import evaluate

SPIRAL = [
    (0, 0),
    (5, 0),
    (5, 5),
    (1, 5),
    (1, 2),
    (3, 2),
    (3, 3),
    (2, 3),
    (2, 4),
    (4, 4),
    (4, 1),
    (0, 1),
]


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ([(0, 0), (1, 1), (1, 0), (0, 1)], "cross or touch"),
        ([(0, 0), (2, 0), (2, 2), (1, 0), (0, 2)], "cross or touch"),
        ([(0, 0), (2, 0), (1, 0), (1, 1)], "cross or touch"),
        ([(0, 0), (1, 0), (1, 0), (0, 1)], "different neighbouring"),
        ([(0, 0), (1, 0), (0, 1), (0, 0)], "different neighbouring"),
        ([(0, 0), (1, 1e-14), (2, 0)], "cross or touch"),
        ([(0, 0), (np.nan, 0), (0, 1)], "finite"),
    ],
)
def test_refused(ring: list[tuple[float, float]], words: str) -> None:
    with pytest.raises(DomainError, match=words):
        check_simple(np.array(ring, dtype=np.float64))


def test_area_and_turns() -> None:
    ring = np.array([(0, 0), (1, 0), (2, 0), (2, 2), (0, 2)], dtype=np.float64)
    assert area(ring) == 4
    assert area(ring[::-1]) == -4
    assert area(ring + 1e9) == 4
    assert np.array_equal(turns(ring), [1, 0, 1, 1, 1])


def test_pockets_inside_pockets() -> None:
    spiral = Polygon(SPIRAL)
    points = np.random.default_rng(7).uniform(-2, 7, (4000, 2))
    values = evaluate(spiral.implicit(), spiral, points)
    assert np.array_equal(values > 0, spiral.signed_distance(points) < 0)


def test_a_square_is_the_conjunction_of_its_lines() -> None:
    x, y = sympy.symbols("x y", real=True)
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=np.float64)
    assert float(inside_of(square, (x, y)).subs({x: 0.5, y: 0.5})) > 0
    assert float(inside_of(square, (x, y)).subs({x: 1.5, y: 0.5})) < 0
