"""Cells of every kind cut into simplices, so that neighbours agree."""

from __future__ import annotations

import numpy as np

from residuum._core._errors import FileError
from residuum.geometry._checks import Array
from residuum.geometry.mesh._simplices import Numbers

SIMPLICES = {"vertex": 0, "line": 1, "triangle": 2, "tetra": 3}
_FACES: dict[str, list[tuple[int, ...]]] = {
    "pyramid": [(0, 1, 2, 3), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)],
    "wedge": [(0, 1, 2), (3, 4, 5), (0, 1, 4, 3), (1, 2, 5, 4), (2, 0, 3, 5)],
    "hexahedron": [
        (0, 1, 2, 3),
        (4, 5, 6, 7),
        (0, 1, 5, 4),
        (1, 2, 6, 5),
        (2, 3, 7, 6),
        (3, 0, 4, 7),
    ],
}
_CURVED = {"line": 2, "triangle": 3, "quad": 4, "tetra": 4} | {"wedge": 6, "pyramid": 5}
_CURVED |= {"hexahedron": 8}


def simplicial(kind: str, cells: Numbers, points: Array) -> tuple[int, Numbers, Numbers, Array]:
    """Return dimension, simplices, the cell each comes from, and new points.

    Quadrilaterals are cut from their lowest vertex; hexahedra, wedges and pyramids from a new
    point in the middle to their faces; middle nodes of curved cells are dropped.

    Args:
        kind: meshio's name, such as ``"hexahedron"`` or ``"triangle6"``.
        cells: (m, vertices).
        points: (n, D), new ones are numbered from n.

    Raises:
        FileError: a cell of another kind.
    """
    plain = kind.rstrip("0123456789")
    if plain not in _CURVED and plain != "vertex":
        remedy = "Mesh it with triangles, tetrahedra, quadrilaterals, hexahedra or wedges."
        raise FileError("cells that can be cut into simplices", repr(kind), remedy)
    cells = cells[:, : _CURVED.get(plain, 1)]
    rows = np.arange(len(cells))
    none = np.zeros((0, points.shape[1]))
    if plain in SIMPLICES:
        return SIMPLICES[plain], cells, rows, none
    if plain == "quad":
        return 2, _fan(cells), np.repeat(rows, 2), none
    pieces, origin = [], []
    for face in _FACES[plain]:
        corners = cells[:, list(face)]
        triangles = corners if len(face) == 3 else _fan(corners)
        mine = rows if len(face) == 3 else np.repeat(rows, 2)
        pieces.append(np.column_stack([triangles, len(points) + mine]))
        origin.append(mine)
    return 3, np.concatenate(pieces), np.concatenate(origin), points[cells].mean(axis=1)


def _fan(quads: Numbers) -> Numbers:
    """Return two triangles (2 m, 3) per quadrilateral (m, 4), cut from its lowest vertex."""
    turn = (quads.argmin(axis=1)[:, None] + np.arange(4)) % 4
    a, b, c, d = np.take_along_axis(quads, turn, 1).T
    return np.stack([np.stack([a, b, c], 1), np.stack([a, c, d], 1)], axis=1).reshape(-1, 3)
