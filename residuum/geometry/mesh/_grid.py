"""Structured meshes: boxes of any count, and the product of a mesh with an interval."""

from __future__ import annotations

import itertools
import math

import numpy as np

from residuum._core._errors import OptionError
from residuum.geometry._box import Box
from residuum.geometry.mesh._mesh import MOST_CELLS, Mesh
from residuum.geometry.mesh._simplices import Numbers, border


def counts(extents: np.ndarray, size: float) -> tuple[int, ...]:
    """Return an even number of pieces per side, each no longer than ``size``, nearly cubic.

    Where a side is shorter than ``size``, the others follow its pieces.

    Raises:
        OptionError: this takes more than five million cells.
    """
    piece = min(size, float(extents.min()) / 2 * (1 + 1e-9)) if len(extents) > 1 else size
    # Even: the middle of the box is a grid line, and the diagonals mirror there.
    pieces = [max(2 * math.ceil(extent / (2 * piece) * (1 - 1e-9)), 2) for extent in extents]
    total = math.factorial(len(pieces)) * math.prod(pieces)
    if total > MOST_CELLS:
        got = f"size {size:g}, which takes about {total:.2g}"
        raise OptionError(f"at most {MOST_CELLS} cells", got, "Pass a larger size.")
    return tuple(pieces)


def grid(box: Box, size: float) -> Mesh:
    """Return a box of one to three axes cut into equal bricks, each into d! simplices.

    Diagonals run from every corner of the box to its centre, so no simplex has all its vertices
    on the boundary, and the mesh mirrors in each axis.
    """
    shape = counts(np.ptp(box.bounds, axis=1), size)
    lines = [
        np.linspace(low, high, n + 1) for (low, high), n in zip(box.bounds, shape, strict=True)
    ]
    points = np.stack([axis.ravel() for axis in np.meshgrid(*lines, indexing="ij")], axis=1)
    cells = _simplices(shape)
    return Mesh(points, cells, _sides(box, shape, cells), axes=box.axes, shape=box)


def _simplices(shape: tuple[int, ...]) -> Numbers:
    """Return the cells (d! bricks, d+1): each brick along the diagonal towards the centre."""
    d = len(shape)
    strides = np.array([math.prod(n + 1 for n in shape[k + 1 :]) for k in range(d)])
    bricks = [axis.ravel() for axis in np.meshgrid(*map(np.arange, shape), indexing="ij")]
    late = [brick >= n // 2 for brick, n in zip(bricks, shape, strict=True)]
    start = sum((b + up) * s for b, up, s in zip(bricks, late, strides, strict=True))
    steps = [np.where(up, -s, s) for up, s in zip(late, strides, strict=True)]
    cells = np.empty((len(bricks[0]), math.factorial(d), d + 1), dtype=np.int64)
    for k, order in enumerate(itertools.permutations(range(d))):
        cells[:, k, 0] = start
        for place, axis in enumerate(order):
            cells[:, k, place + 1] = cells[:, k, place] + steps[axis]
    return cells.reshape(-1, d + 1)


def _sides(box: Box, shape: tuple[int, ...], cells: Numbers) -> dict[str, Numbers]:
    count = math.prod(n + 1 for n in shape)
    facets, _ = border(cells, count)
    places = np.stack(np.unravel_index(facets, [n + 1 for n in shape]), axis=2)
    found = {}
    for k, part in enumerate(box.parts):
        axis, end = divmod(k, 2)
        found[part] = facets[(places[:, :, axis] == end * shape[axis]).all(axis=1)]
    return found


def product(across: Mesh, line: np.ndarray) -> tuple[np.ndarray, Numbers, dict[str, Numbers]]:
    """Return points, cells and the facets of ``across``'s parts of its product with a line.

    ``line`` (n,) holds ascending places along a new first axis. Each prism is cut in the order
    of its vertex numbers, so that neighbours agree.
    """
    n = len(across.points)
    levels = np.repeat(line, n)[:, None]
    points = np.hstack([levels, np.tile(across.points, (len(line), 1))])
    cells = _prisms(across.cells, n, len(line) - 1)
    return points, cells, {k: _prisms(f, n, len(line) - 1) for k, f in across.parts.items()}


def _prisms(simplices: Numbers, n: int, layers: int) -> Numbers:
    """Return simplices (layers k m, k+1) over simplices (m, k)."""
    ordered = np.sort(simplices, axis=1)
    k = ordered.shape[1]
    top = ordered + n
    pieces = [np.hstack([ordered[:, : i + 1], top[:, i:]]) for i in range(k)]
    one = np.stack(pieces, axis=1).reshape(-1, k + 1)
    return (one[None] + n * np.arange(layers)[:, None, None]).reshape(-1, k + 1)
