"""A trained mover: its loss is the equation's, training needs no meshes, cells stay upright."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from residuum._core import OptionError
from residuum.geometry import Rectangle
from residuum.geometry.mesh import mesh_of
from residuum.geometry.mesh._simplices import volumes
from residuum.operators import DataFreeMover, slope_monitor_of, unevenness
from residuum.operators._data_free_mover import equation_loss, grid_monitors
from residuum.operators._mesh_mover import potential_tables

BOX = Rectangle((0, 0), (1, 1))
SIDE = np.linspace(0, 1, 32)


def rise(place: float) -> np.ndarray:
    x, _ = np.meshgrid(SIDE, SIDE, indexing="ij")
    return np.asarray(np.tanh(10 * (x - place)))


def test_the_loss_vanishes_at_a_move_that_is_known() -> None:
    # x = ξ + 0.1 sin(πξ)/π is grad of -0.1 cos(πξ)/π²; then m = 1/(1 + 0.1 cos πξ) at x(ξ).
    modes, xi = 3, np.linspace(0, 1, 4001)
    grid = np.linspace(0, 1, 401)
    there = np.interp(grid, xi + 0.1 * np.sin(np.pi * xi) / np.pi, xi)
    monitor = np.broadcast_to((1 / (1 + 0.1 * np.cos(np.pi * there)))[:, None], (401, 401))
    a = np.zeros((1, modes, modes))
    a[0, 1, 0] = -0.1
    unit = np.random.default_rng(5).uniform(size=(200, 2))
    tables = [jnp.asarray(t) for t in (unit, *potential_tables(unit, modes))]
    m = jnp.asarray(monitor[None])
    still = float(equation_loss(jnp.zeros((1, modes**2)), m, tables, 1.0))
    moved = float(equation_loss(jnp.asarray(a.reshape(1, -1)), m, tables, 1.0))
    assert still > 1e-3 and moved < 1e-8


@pytest.mark.slow
def test_it_learns_to_move_without_meshes() -> None:
    fields = np.stack([rise(place) for place in np.linspace(0.35, 0.65, 16)])
    recipe = DataFreeMover(modes=8, width=32, samples=16, steps=150, rate=5e-3)
    mover = recipe.train(fields, BOX, 11)
    assert mover.result.ok and mover.losses[-10:].mean() < 0.3 * mover.losses[0]
    mesh = mesh_of(BOX, 1 / 12)
    moved, share = mover.potential(rise(0.47)).moved_mesh(mesh)
    monitor = slope_monitor_of(lambda p: jnp.tanh(10 * (p[:, 0] - 0.47)), BOX, 1.0)
    assert share == 1.0 and (volumes(moved.points, moved.cells) > 0).all()
    assert unevenness(moved, monitor) < 0.6 * unevenness(mesh, monitor)


def test_monitors_have_mean_one_and_fields_are_checked() -> None:
    found = grid_monitors(rise(0.5)[None], BOX, 1.0)
    assert found.mean() == pytest.approx(1.0) and found.max() > 3 * found.min()
    with pytest.raises(OptionError, match="24 or more"):
        grid_monitors(np.zeros((1, 8, 8)), BOX, 1.0)
    with pytest.raises(OptionError, match="positive rate"):
        DataFreeMover(rate=0.0)
