"""Boundary rows vanish at an exact solution and own the right nodes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from residuum._core import double_precision
from residuum.discretise.spectral import ChebyshevAxis, Grid, Sides, component_of, sides_of
from residuum.geometry import Box
from residuum.problem import Eq, Problem, dirichlet, laplacian, neumann, space, unknown

from ._posed import exact, heated


def test_rows_vanish_at_the_exact_solution() -> None:
    problem, grid = heated(), Grid((ChebyshevAxis(0.0, 1.0, 20),))
    with double_precision():
        sides = Sides(problem, grid)
        nodes = jax.tree.map(jnp.asarray, grid.nodes(sides.needs))
        values = exact(0.7, grid.axes[0].nodes)
        found = np.asarray(sides.defects(0.7, [jnp.asarray(values[:, None])], nodes))
        shifted = np.asarray(sides.defects(0.7, [jnp.asarray(values[:, None] + 1)], nodes))
    assert np.abs(found).max() < 1e-12
    assert np.flatnonzero(sides.owned[0]).tolist() == [0, 19]
    # A shift by one moves the Dirichlet row by 1 and the Robin row by a = 2.
    assert np.abs(shifted[0, [0, 19]] - [1, 2]).max() < 1e-11
    assert not sides.values_only


def test_dirichlet_wins_at_corners() -> None:
    x, y = space("x", "y")
    u = unknown("u", x, y)
    problem = Problem(
        Box(x=(0, 1), y=(0, 1)),
        Eq(laplacian(u), 1),
        [
            neumann(u, 0, on="x_min"),
            neumann(u, 0, on="x_max"),
            dirichlet(u, 0, on="y_min"),
            neumann(u, 0, on="y_max"),
        ],
    )
    grid = Grid((ChebyshevAxis(0.0, 1.0, 4), ChebyshevAxis(0.0, 1.0, 5)))
    sides = Sides(problem, grid)
    counts = np.zeros(20, int)
    for row in sides.rows:
        counts[row.nodes] += 1
    corners = counts.reshape(4, 5)[[0, 0, 3, 3], [0, 4, 0, 4]]
    # One row where y_min takes part, two added rows where only Neumann sides meet.
    assert corners.tolist() == [1, 2, 1, 2]
    assert component_of(problem, problem.conditions[0]) == 0
    assert sides_of(problem, problem.conditions[3]) == [(1, True)]
