"""Measures, keys and quality of simplices."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.geometry.mesh._simplices import (
    areas,
    border,
    edge_keys,
    facet_keys,
    facets_of,
    lengths,
    quality,
    split_keys,
    volumes,
)

TETRA = np.array([[0, 1, 2, 3]])
CORNER = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], dtype=np.float64)


def test_volumes_are_signed() -> None:
    assert volumes(CORNER, TETRA) == pytest.approx(1 / 6)
    assert volumes(CORNER, TETRA[:, [1, 0, 2, 3]]) == pytest.approx(-1 / 6)
    assert volumes(CORNER[:3, :2], TETRA[:, :3]) == pytest.approx(1 / 2)
    assert volumes(CORNER[:2, :1], TETRA[:, [1, 0]]) == pytest.approx(-1)


def test_areas_of_facets_in_space() -> None:
    slanted = areas(CORNER, np.array([[1, 2, 3]]))
    assert slanted == pytest.approx(np.sqrt(3) / 2, rel=1e-14)
    assert areas(CORNER, np.array([[1], [2]])).tolist() == [1, 1]
    assert lengths(CORNER, np.array([[1, 2]])) == pytest.approx(np.sqrt(2))


@pytest.mark.parametrize("d", [1, 2, 3])
def test_quality_is_one_for_the_regular_simplex_alone(d: int) -> None:
    regular = np.eye(d + 1)  # vertices of a regular simplex, brought into its own hyperplane
    frame = np.linalg.qr((regular[1:] - regular[0]).T)[0]
    points = regular @ frame
    cell = np.arange(d + 1)[None]
    assert quality(points, cell) == pytest.approx(1, rel=1e-12)
    assert quality(7e-6 * points, cell) == pytest.approx(1, rel=1e-12)
    if d > 1:
        points[0] *= 0.5
        assert quality(points, cell)[0] < 0.95


def test_keys_name_edges_and_facets() -> None:
    keys = edge_keys(TETRA, 4)
    assert np.array_equal(split_keys(keys[0], 4), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
    assert len(set(facet_keys(facets_of(TETRA), 4))) == 4
    assert facet_keys(np.array([[3, 1, 2]]), 4) == facet_keys(np.array([[1, 2, 3]]), 4)


def test_facet_keys_of_very_many_points_do_not_overflow() -> None:
    facets = np.array([(0, 1, 2), (2_999_999_999, 1, 7), (0, 1, 3), (7, 2_999_999_999, 1)])
    keys = facet_keys(facets, 3_000_000_000)
    assert keys[1] == keys[3] and len(set(keys.tolist())) == 3


def test_border_sees_three_cells_at_a_facet() -> None:
    assert border(TETRA, 4)[1] and len(border(TETRA, 4)[0]) == 4
    fan = np.array([(0, 1, 2), (0, 1, 3), (0, 1, 4)])
    assert not border(fan, 5)[1]
