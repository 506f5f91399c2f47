"""Cells of other kinds cut into simplices."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import FileError
from residuum.geometry.mesh._simplices import border, volumes
from residuum.geometry.mesh._simplicial import simplicial

BRICK = np.array(
    [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)],
    dtype=np.float64,
)


def test_quadrilaterals_are_cut_from_their_lowest_vertex() -> None:
    dimension, cells, origin, new = simplicial("quad", np.array([(2, 3, 0, 1)]), BRICK)
    assert dimension == 2 and len(new) == 0
    assert cells.tolist() == [[0, 1, 2], [0, 2, 3]] and origin.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("kind", "cell", "volume", "count"),
    [
        ("hexahedron", range(8), 1, 12),
        ("wedge", [0, 1, 3, 4, 5, 7], 1 / 2, 8),
        ("pyramid", [0, 1, 2, 3, 4], 1 / 3, 6),
    ],
)
def test_solid_cells_keep_their_volume(
    kind: str, cell: list[int], volume: float, count: int
) -> None:
    dimension, cells, _, new = simplicial(kind, np.array([list(cell)]), BRICK)
    found = np.abs(volumes(np.vstack([BRICK, new]), cells))
    assert dimension == 3 and len(cells) == count
    assert found.sum() == pytest.approx(volume, rel=1e-12)


def test_neighbours_agree_on_shared_faces() -> None:
    points = np.vstack([BRICK, BRICK[:4] + np.array([0, 0, 2])])
    bricks = np.array([list(range(8)), [4, 5, 6, 7, 8, 9, 10, 11]])
    _, cells, _, new = simplicial("hexahedron", bricks, points)
    facets, manifold = border(cells, len(points) + len(new))
    assert manifold and len(facets) == 2 * 10


def test_middle_nodes_are_dropped_and_unknown_cells_refused() -> None:
    assert simplicial("triangle6", np.arange(6)[None], BRICK)[1].tolist() == [[0, 1, 2]]
    with pytest.raises(FileError, match="cut into simplices"):
        simplicial("polygon", np.arange(6)[None], BRICK)
