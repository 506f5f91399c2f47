"""Repairs of meshes of other programs."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import FileError
from residuum.geometry.mesh._repair import (
    UNNAMED,
    MeshWarning,
    check_joined,
    cleaned,
    flattened,
    merged,
    sorted_parts,
)

SQUARE = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=np.float64)
TWO = np.array([(0, 1, 2), (0, 2, 3)])


def test_constant_coordinates_are_dropped() -> None:
    lifted = np.column_stack([SQUARE[:, 0], np.full(4, 7.0), SQUARE[:, 1]])
    assert np.array_equal(flattened(lifted, 2), SQUARE)
    assert np.array_equal(flattened(np.column_stack([SQUARE, np.zeros(4)]), 2), SQUARE)
    with pytest.raises(FileError, match="fill their space"):
        flattened(np.column_stack([SQUARE, SQUARE[:, 0]]), 2)


def test_doubled_points_are_joined() -> None:
    points = np.vstack([SQUARE, SQUARE[0] + 1e-13, SQUARE[2]])
    with pytest.warns(MeshWarning, match="2 doubled points"):
        first = merged(points, np.array([(0, 1, 2), (4, 5, 3)]))
    assert first.tolist() == [0, 1, 2, 3, 0, 2]


def test_flat_and_doubled_cells_are_left_out() -> None:
    cells = np.array([(0, 1, 2), (2, 0, 1), (0, 2, 3), (0, 1, 1)])
    with pytest.warns(MeshWarning) as told:
        assert cleaned(SQUARE, cells).tolist() == [[0, 1, 2], [0, 2, 3]]
    assert [str(item.message)[:12] for item in told] == ["1 flat cells", "1 doubled ce"]
    with pytest.warns(MeshWarning), pytest.raises(FileError, match="with a volume"):
        cleaned(SQUARE, cells[3:])


def test_cells_that_do_not_fit_are_refused() -> None:
    points = np.vstack([SQUARE, (0.5, 0.5), (1.0, 0.0)])
    with pytest.raises(FileError, match=r"1 vertices .*\(0.5, 0.5\)"):
        check_joined(points[:5], np.array([(0, 1, 2), (0, 4, 3), (4, 2, 3)]))
    with pytest.raises(FileError, match="at most two"):
        check_joined(SQUARE, np.array([(0, 1, 2), (0, 2, 3), (0, 2, 1)]))


def test_separate_pieces_are_told() -> None:
    points = np.vstack([SQUARE, SQUARE + 5])
    with pytest.warns(MeshWarning, match="2 separate pieces"):
        check_joined(points, np.vstack([TWO, TWO + 4]))


def test_every_boundary_facet_gets_one_name() -> None:
    named = {
        "low": np.array([(1, 0)]),
        "inner": np.array([(0, 2)]),
        "again": np.array([(0, 1), (1, 2)]),
    }
    with pytest.warns(MeshWarning) as told:
        parts = sorted_parts(SQUARE, TWO, named)
    assert {k: v.tolist() for k, v in parts.items()} == {
        "low": [[0, 1]],
        "again": [[1, 2]],
        UNNAMED: [[2, 3], [0, 3]],
    } or {k: len(v) for k, v in parts.items()} == {"low": 1, "again": 1, UNNAMED: 2}
    words = " ".join(str(item.message) for item in told)
    assert "1 named facets" in words and "named twice" in words and "2 of 4" in words
