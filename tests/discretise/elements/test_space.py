"""Spaces: degrees of freedom, quadrature, boundary parts, periodic identification."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from residuum.discretise.elements import Space
from residuum.geometry import Ball, Box, Disc
from residuum.geometry.mesh import mesh_of
from tests.discretise.elements._posed import CUBE, LINE, SQUARE


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("box", [LINE, SQUARE, CUBE], ids=["line", "square", "cube"])
def test_quadrature_integrates_polynomials_exactly(box: Box, order: int) -> None:
    if box is CUBE and order == 3:
        pytest.skip("there are no cubic tetrahedra")
    # The rules for tetrahedra are one degree short from degree five on.
    space = Space(mesh_of(box, 0.4), (order,), degree=7 if box is CUBE else 6)
    where = space.volume
    for powers in ((0, 0, 0), (2, 1, 0), (6, 0, 0), (2, 2, 2)):
        own = powers[: box.dimension]
        value = np.prod([p**n for p, n in zip(where.points, own, strict=True)], axis=0)
        exact = math.prod(1 / (n + 1) for n in own)
        assert (where.weights * value).sum() == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("box", [SQUARE, CUBE], ids=["square", "cube"])
def test_sides_have_their_measure_and_outward_normals(box: Box) -> None:
    space = Space(mesh_of(box, 0.4), (2,), degree=4)
    for k, part in enumerate(box.parts):
        where = space.side(part)
        assert where.normals is not None
        assert where.weights.sum() == pytest.approx(1.0, rel=1e-13)
        outward = np.zeros(box.dimension)
        outward[k // 2] = 1 if k % 2 else -1
        gap = where.normals - outward[:, None, None]
        assert np.abs(gap).max() < 1e-13
        assert np.abs(where.points[k // 2] - k % 2).max() < 1e-13


def test_the_ends_of_a_line_are_points() -> None:
    space = Space(mesh_of(LINE, 0.2), (3,), degree=6)
    for part, end, sign in (("x_min", 0.0, -1.0), ("x_max", 1.0, 1.0)):
        where = space.side(part)
        assert where.normals is not None
        assert where.weights.sum() == pytest.approx(1.0)
        assert where.points.ravel() == pytest.approx(end)
        assert where.normals.ravel() == pytest.approx(sign)


def test_degrees_of_freedom_on_a_part_lie_on_it() -> None:
    space = Space(mesh_of(SQUARE, 0.3), (3, 1), degree=6)
    for j, order in enumerate((3, 1)):
        places = space.places(j)
        for k, part in enumerate(SQUARE.parts):
            on = np.flatnonzero(np.abs(places[:, k // 2] - k % 2) < 1e-12)
            np.testing.assert_array_equal(np.sort(space.on(j, part)), on)
            assert len(on) == 4 * order + 1


@pytest.mark.parametrize("order", [2, 3])
def test_curved_cells_follow_the_circle(order: int) -> None:
    # Quadratic boundaries miss an arc by the fourth power of its angle.
    areas = []
    for size in (0.25, 0.125, 0.0625):
        space = Space(mesh_of(Disc((0, 0), 1), size), (order,), degree=8)
        areas.append(abs(space.volume.weights.sum() - math.pi))
        edge = np.hypot(*space.places(0)[space.on(0, "circle")].T)
        assert np.abs(edge - 1).max() < (1e-12 if order == 2 else 2e-5)
    assert areas[0] < 1e-3 and areas[-1] < areas[0] / 60


def test_order_one_keeps_straight_cells() -> None:
    space = Space(mesh_of(Disc((0, 0), 1), 0.3), (1,), degree=2)
    assert not space.curved and space.geometry[1].shape[1] == 3


def test_a_curved_ball_has_nearly_its_volume() -> None:
    space = Space(mesh_of(Ball((0, 0, 0), 1), 0.5), (2,), degree=6)
    assert space.curved
    assert space.volume.weights.sum() == pytest.approx(4 * math.pi / 3, rel=2e-3)
    assert space.geometry[1].shape[1] == 10


@pytest.mark.parametrize("order", [1, 2, 3])
def test_periodic_sides_are_one(order: int) -> None:
    pairs = (("x_min", "x_max"), ("y_min", "y_max"))
    space = Space(mesh_of(SQUARE, 0.3), (order,), degree=4, periodic=(pairs,))
    places, master = space.places(0), space.master
    # Every number is stood for by one at the same place modulo one, and that one by itself.
    gap = np.abs(places - places[master])
    assert np.minimum(gap, np.abs(gap - 1)).max() < 1e-12
    np.testing.assert_array_equal(master[master], master)
    per_side = 4 * order
    assert len(np.unique(master)) == per_side**2
    corners = np.flatnonzero(np.isin(places, (0.0, 1.0)).all(axis=1))
    assert len(np.unique(master[corners])) == 1


def test_one_unknown_may_be_periodic_and_another_not() -> None:
    space = Space(mesh_of(SQUARE, 0.3), (2, 2), degree=4, periodic=((("x_min", "x_max"),), ()))
    first, second = np.split(space.master, [space.offsets[1]])
    assert (first != np.arange(len(first))).sum() == 9
    np.testing.assert_array_equal(second, np.arange(space.offsets[1], space.offsets[2]))


@pytest.mark.parametrize(("shape", "size"), [(Disc((0, 0), 1), 0.4), (Ball((0, 0, 0), 1), 0.6)])
def test_curved_cells_are_inverted_and_straight_ones_at_once(shape: Any, size: float) -> None:
    space = Space(mesh_of(shape, size), (2,), degree=2)
    mapping, d = space.mapping, space.mesh.dimension
    assert 0 < mapping._bent.mean() < 1
    local = np.random.default_rng(41).uniform(0, 1 / d, (d, 7))
    for cells in (None, np.array([5, 1, 9, 2])):
        found = mapping.invF(mapping.F(local, cells), cells)
        # Newton's method ends at rounding.
        assert np.abs(found - local[:, None]).max() < 1e-13
        slopes = np.stack([[mapping.J(i, j, local, cells) for j in range(d)] for i in range(d)])
        product = np.einsum("ijcq,jkcq->ikcq", mapping.invDF(local, cells), slopes)
        assert np.abs(product - np.eye(d)[:, :, None, None]).max() < 1e-12
