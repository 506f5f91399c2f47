"""Meshes that cover their domain."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.certify.bounds._enclosure import cover
from residuum.geometry import Ball, Disc, Rectangle, Shape
from residuum.geometry.mesh import mesh_of

DISC = Disc((0, 0), 1.0)
SHAPES = {
    "disc": DISC,
    "ring": DISC - Disc((0.2, 0), 0.3),
    "holed": Rectangle((0, 0), (2, 1)) - Disc((1, 0.5), 0.2),
    "half": DISC & Rectangle((0, -2), (2, 4)),
    "joined": DISC | Disc((1, 0), 1.0),
    "ball": Ball((0, 0, 0), 1.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_point_of_the_domain_is_covered(name: str) -> None:
    shape: Shape = SHAPES[name]
    mesh = mesh_of(shape, 0.3).refined(np.arange(5))
    found = cover(mesh)
    assert found.gap == "" and found.curved
    ends = found.mesh.points[found.mesh.boundary()]
    for share in np.linspace(0, 1, 9):
        weights = np.array([share, *[(1 - share) / (shape.dimension - 1)] * (shape.dimension - 1)])
        places = np.einsum("i,kid->kd", weights, ends)
        assert shape.signed_distance(places).min() > -1e-9


def test_flat_domains_are_their_own_cover() -> None:
    mesh = mesh_of(Rectangle((0, 0), (2, 1)), 0.3)
    assert cover(mesh).mesh is mesh and cover(mesh).curved == ()


def test_a_corner_that_cannot_be_covered_is_told() -> None:
    slice_ = DISC & Rectangle((0.3, -2), (2, 4))
    assert "meets a flat one" in cover(mesh_of(slice_, 0.3)).gap
