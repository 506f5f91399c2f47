"""Geometric multigrid: iterations that hardly grow with the grid, whatever the walls."""

from __future__ import annotations

import numpy as np
import pytest

from residuum.discretise.linear import GridPoisson, geometric, krylov
from residuum.discretise.linear._grid_poisson import Wall

from ._systems import chance


def grid_of(side: int, axes: int, obstacles: Wall, lower: Wall) -> GridPoisson:
    places = np.meshgrid(*[np.linspace(0, 1, side)] * axes, indexing="ij")
    free = sum((p - 0.4) ** 2 for p in places) > 0.17**2
    walls: tuple[tuple[Wall, Wall], ...] = ((lower, "held"),) * axes
    return GridPoisson(np.asarray(free), walls=walls, obstacles=obstacles)


@pytest.mark.parametrize("obstacles", ["held", "insulated"])
@pytest.mark.parametrize("lower", ["held", "insulated"])
def test_iterations_hardly_grow(obstacles: Wall, lower: Wall) -> None:
    counts = []
    for side in (21, 64, 127):
        grid = grid_of(side, 2, obstacles, lower)
        found = krylov(grid.matrix, chance(grid.size), inverse=geometric(grid))
        assert found.result.ok
        counts.append(found.iterations)
    # Measured on the three grids: 5, 5, 5 with held walls and obstacles; 8, 10, 12 at worst with
    # insulated ones. Plain conjugate gradients grow sixfold.
    assert max(counts) <= (6 if obstacles == lower == "held" else 13)


def test_space() -> None:
    grid = grid_of(24, 3, "insulated", "held")
    found = krylov(grid.matrix, chance(grid.size), inverse=geometric(grid))
    assert found.result.ok and found.iterations <= 11


def test_a_cycle_is_symmetric() -> None:
    grid = grid_of(33, 2, "insulated", "insulated")
    cycle, x, y = geometric(grid), chance(grid.size), chance(grid.size, 12)
    assert y @ cycle(x) == pytest.approx(x @ cycle(y), rel=1e-10)


def test_a_line_of_cells_is_solved_directly() -> None:
    grid = GridPoisson(np.ones((2, 300), bool))
    right = chance(600)
    assert krylov(grid.matrix, right, inverse=geometric(grid)).iterations <= 2
