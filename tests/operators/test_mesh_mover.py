"""Meshes moved by a potential: sides stay, nothing folds, cells hold equal shares."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.geometry import Rectangle
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._simplices import volumes
from residuum.operators import (
    CosinePotential,
    ElementFrame,
    MeshMover,
    slope_monitor_of,
    unevenness,
)
from residuum.operators._mesh_mover import potential_tables

BOX = Rectangle((1, -1), (2, 1))


def front(places: Any) -> Any:
    return jnp.tanh(8 * (places[:, 0] - 2 + 0.5 * places[:, 1]))


def test_tables_are_derivatives() -> None:
    points, h = np.random.default_rng(5).uniform(0.1, 0.9, (20, 2)), 1e-5
    tables = potential_tables(points, 4)
    for axis, pairs in ((0, [(0, 2), (1, 3)]), (1, [(0, 3), (1, 4)])):
        step = np.zeros(2)
        step[axis] = h
        ahead, back = (potential_tables(points + sign * step, 4) for sign in (1, -1))
        for first, second in pairs:
            slope = (ahead[first] - back[first]) / (2 * h)
            np.testing.assert_allclose(slope, tables[second], atol=1e-8)


def test_points_of_the_sides_stay_on_them_and_no_cell_is_folded_by_any_potential() -> None:
    mesh = mesh_of(BOX, 0.25)
    chance = np.random.default_rng(5)
    shares = []
    for size in (0.01, 0.3, 10.0):
        potential = CosinePotential(BOX, size * chance.standard_normal((6, 6)))
        moved, share = potential.moved_mesh(mesh)
        shares.append(share)
        assert (volumes(moved.points, moved.cells) > 0).all()
        assert moved.measure == pytest.approx(2.0, rel=1e-12)
        for k, ends in enumerate(BOX.bounds):
            for end in ends:
                side = mesh.points[:, k] == end
                np.testing.assert_array_equal(moved.points[side, k], end)
    assert shares[0] == 1.0 and shares[-1] < 1.0  # the last would have folded


def test_a_solved_potential_equidistributes() -> None:
    monitor = slope_monitor_of(front, BOX, 1.0)
    potential = MeshMover(modes=10, samples=20, stages=2, steps=6).fit(monitor, BOX)
    mesh = mesh_of(BOX, 0.125)
    moved, share = potential.moved_mesh(mesh)
    assert share == 1.0
    before, after = unevenness(mesh, monitor), unevenness(moved, monitor)
    assert before > 0.5 and after < 0.4 * before
    places = np.random.default_rng(7).uniform(BOX.bounds[:, 0], BOX.bounds[:, 1], (4000, 2))
    exact = np.asarray(front(places))
    errors = [
        float(np.abs(ElementFrame(m).at(places) @ np.asarray(front(m.points)) - exact).mean())
        for m in (moved, mesh)
    ]
    assert errors[0] < errors[1] / 1.5


def test_it_is_checked() -> None:
    with pytest.raises(OptionError, match="more samples"):
        MeshMover(modes=20, samples=10)
