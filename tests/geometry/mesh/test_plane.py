"""Sizes of plane meshes: corners, arcs, narrow passages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residuum._core._errors import DomainError
from residuum.geometry import Box, Disc
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._spacing import CORNER, PER_TURN
from residuum.geometry.mesh._surfaces import surfaces_of
from tests.geometry._cases import ELL, SQUARE


def test_finer_at_a_reentrant_corner() -> None:
    mesh = mesh_of(ELL, 0.2)
    corner = np.flatnonzero((mesh.points == (1, 1)).all(axis=1))
    at = mesh.sizes[(mesh.cells == corner).any(axis=1)]
    # The size asked for is a quarter there, growing; the front makes some edges half as long again.
    assert at.max() < 2 * CORNER * 0.2
    away = mesh.sizes[np.linalg.norm(mesh.points[mesh.cells].mean(axis=1), axis=1) < 0.3]
    assert away.min() > 2 * at.max()


@pytest.mark.parametrize("radius", [0.3, 0.03, 0.003])
def test_circles_of_any_size_are_round(radius: float) -> None:
    mesh = mesh_of(SQUARE - Disc((0.5, 0.5), radius, name="hole"), 0.2)
    assert len(mesh.parts["hole"]) >= PER_TURN
    assert mesh.quality().min() > 0.4


def test_grading_trades_cells_for_smoothness() -> None:
    shape = SQUARE - Disc((0.5, 0.5), 0.01)
    cells = [len(mesh_of(shape, 0.2, grading=g).cells) for g in (0.1, 0.3, 0.9)]
    assert cells[0] > cells[1] > cells[2]


def test_two_cells_across_a_narrow_passage() -> None:
    shape = SQUARE - Box(x=(0.1, 0.9), y=(0.02, 0.5))
    mesh = mesh_of(shape, 0.2)
    middle = mesh.points[mesh.cells].mean(axis=1)
    inside = (middle[:, 1] < 0.02) & (np.abs(middle[:, 0] - 0.5) < 0.3)
    outer = np.zeros(len(mesh.points), dtype=bool)
    outer[mesh.boundary()] = True
    # Most cells in the passage have a vertex inside it, none is a sliver.
    assert outer[mesh.cells[inside]].all(axis=1).mean() < 0.3
    assert mesh.quality().min() > 0.3


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    st.floats(0.05, 1.5),
    st.sampled_from(["__sub__", "__or__", "__and__"]),
    st.floats(0.15, 0.6),
)
def test_any_disc_with_a_square(
    center: tuple[float, float], radius: float, how: str, size: float
) -> None:
    square, disc = Box(x=(-1, 1), y=(-1, 1)), Disc(center, radius)
    try:
        shape = getattr(square, how)(disc)
        mesh = mesh_of(shape, size)
    except DomainError:
        return  # empty, touching, or a cusp
    # Half a degree is the sharpest corner allowed: cells in it are as flat as it is.
    assert (mesh.measures > 0).all() and mesh.quality().mean() > 0.6
    assert mesh.measure == pytest.approx(shape.measure(), rel=0.05, abs=0.02)
    for part, facets in mesh.parts.items():
        vertices = mesh.points[np.unique(facets)]
        near = [s.gap(vertices) for s in surfaces_of(shape) or () if s.part == part]
        assert np.abs(near).min(axis=0).max() < 1e-9
    assert (mesh.refined().measures > 0).all()
