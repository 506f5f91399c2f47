"""Cutting and bisecting simplices."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.geometry import Box
from residuum.geometry.mesh import Mesh, mesh_of
from residuum.geometry.mesh._refinement import bisected, closure, cut
from residuum.geometry.mesh._simplices import edge_keys, pairs, volumes


@pytest.mark.parametrize("d", [1, 2, 3])
def test_cut_gives_two_to_the_d_equal_volumes(d: int) -> None:
    corners = np.vstack([np.zeros(d), np.eye(d)])
    middles = [(corners[i] + corners[j]) / 2 for i, j in pairs(d + 1)]
    points = np.vstack([corners, *middles])
    cells = cut(np.arange(d + 1)[None], d + 1 + np.arange(len(middles))[None], points)
    found = np.abs(volumes(points, cells))
    assert found == pytest.approx(np.full(2**d, found.sum() / 2**d), rel=1e-12)


def test_bisection_halves_the_longest_edge_first() -> None:
    # Edge 1-2 is the longest; edge 0-1 is split after it.
    cells = np.array([[0, 1, 2]])
    split = np.sort(edge_keys(cells, 3)[0])[[0, 2]]
    found, parents = bisected(cells, split, np.array([0, 1]), count=3)
    assert {frozenset(cell) for cell in found.tolist()} == {
        frozenset(cell) for cell in [(0, 2, 4), (0, 3, 4), (1, 3, 4)]
    }
    assert parents.tolist() == [0, 0, 0]


def test_closure_reaches_the_longest_edges() -> None:
    numbers = np.array([[0, 1, 2], [2, 3, 4]])
    cells = np.array([[0, 1, 2], [1, 2, 3]])
    rank = np.array([0, 1, 2, 3, 4])
    assert closure(cells, np.array([0]), rank, numbers).tolist() == [True] * 3 + [False, True]


@pytest.mark.parametrize("axes", [("x",), ("x", "y"), ("x", "y", "z")])
def test_quality_stays_bounded_over_many_local_refinements(axes: tuple[str, ...]) -> None:
    mesh = mesh_of(Box(**dict.fromkeys(axes, (0, 1))), 0.5)
    least = mesh.quality().min()
    for _ in range(8):
        middle = mesh.points[mesh.cells].mean(axis=1)
        mesh = mesh.refined(np.linalg.norm(middle, axis=1) < 1.2 * mesh.sizes.min())
    # Longest-edge bisection of a right isosceles triangle gives right isosceles ones; of the
    # tetrahedra of a cut cube, few classes.
    assert mesh.quality().min() >= (0.5 if len(axes) == 3 else 0.99) * least
    assert mesh.measure == pytest.approx(1, rel=1e-12)


def test_uniform_refinement_of_a_cut_cube_keeps_its_quality() -> None:
    mesh = mesh_of(Box(x=(0, 1), y=(0, 1), z=(0, 1)), 0.5)
    finer = mesh.refined().refined()
    assert isinstance(finer, Mesh)
    assert finer.quality().min() == pytest.approx(mesh.quality().min(), rel=1e-9)
