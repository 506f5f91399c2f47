"""Structured meshes of boxes, and products."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import OptionError
from residuum.geometry import Box, Disc
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._grid import counts, grid, product

BOXES = [Box(x=(0, 3)), Box(x=(0, 1), y=(-1, 2)), Box(x=(0, 1), y=(0, 2), z=(-1, 0.5))]


@pytest.mark.parametrize("box", BOXES)
def test_box(box: Box) -> None:
    mesh = grid(box, 0.25)
    d = box.dimension
    assert mesh.measure == pytest.approx(box.measure(), rel=1e-12)
    assert mesh.size == pytest.approx(0.25 * np.sqrt(d), rel=1e-12)
    # Right triangles of the square, and the six tetrahedra of the cube.
    assert mesh.quality().min() == pytest.approx(
        [1, np.sqrt(3) / 2, 1.2 * 0.5 ** (2 / 3)][d - 1], rel=1e-12
    )
    for part in box.parts:
        vertices = mesh.points[np.unique(mesh.parts[part])]
        assert box.on_part(vertices, part, 0).all()
        assert mesh.boundary_measure(part) == pytest.approx(box.boundary_measure(part), rel=1e-12)


@pytest.mark.parametrize("box", BOXES[1:])
@pytest.mark.parametrize("size", [0.1, 0.4, 5.0])
def test_no_cell_lies_on_the_boundary_alone(box: Box, size: float) -> None:
    mesh = grid(box, size)
    outer = np.zeros(len(mesh.points), dtype=bool)
    outer[mesh.boundary()] = True
    assert not outer[mesh.cells].all(axis=1).any()


@pytest.mark.parametrize("box", BOXES)
def test_mirrored_in_every_axis(box: Box) -> None:
    mesh = grid(box, 0.3)
    middles = np.round(mesh.points[mesh.cells].mean(axis=1), 9)
    for axis in range(box.dimension):
        other = middles.copy()
        other[:, axis] = np.round(box.bounds[axis].sum() - other[:, axis], 9)
        assert {tuple(row) for row in middles} == {tuple(row) for row in other}


def test_counts_are_even_and_nearly_cubic() -> None:
    assert counts(np.array([1.0, 1.0]), 0.1) == (10, 10)
    assert counts(np.array([1.0]), 1 / 3) == (4,)
    # A side shorter than the size sets the size: cells stay nearly cubic.
    assert counts(np.array([1.0, 0.01]), 0.1) == (200, 2)
    with pytest.raises(OptionError, match="larger size"):
        counts(np.array([1.0, 1.0]), 1e-4)


def test_product_of_a_disc_with_a_line() -> None:
    across = mesh_of(Disc((0, 0), 1), 0.4)
    points, cells, sides = product(across, np.array([0.0, 0.5, 1.0]))
    assert len(points) == 3 * len(across.points) and len(cells) == 6 * len(across.cells)
    assert len(sides["circle"]) == 4 * len(across.boundary())
