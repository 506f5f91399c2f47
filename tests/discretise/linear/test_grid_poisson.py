"""Poisson's equation on a grid with obstacles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.linear import GridPoisson

from ._systems import laplacian, second

FREE = np.random.default_rng(29).uniform(size=(6, 7)) > 0.2


@pytest.mark.parametrize("shape", [(5, 4), (3, 4, 5)])
def test_a_box_without_obstacles(shape: tuple[int, ...]) -> None:
    grid = GridPoisson(np.ones(shape, bool))
    np.testing.assert_array_equal(grid.matrix.toarray(), laplacian(*shape).toarray())


def test_held_obstacles_are_rows_and_columns_left_out() -> None:
    grid = GridPoisson(FREE)
    keep = FREE.ravel()
    whole = laplacian(6, 7).toarray()
    np.testing.assert_array_equal(grid.matrix.toarray(), whole[keep][:, keep])
    assert grid.size == keep.sum()


def test_insulated_walls_let_nothing_through() -> None:
    grid = GridPoisson(np.ones((5, 4), bool), walls=(("insulated", "held"), ("insulated",) * 2))
    line = second(5).toarray()
    line[0, 0] = 1.0
    across = second(4, free=True).toarray()
    wanted = np.kron(line, np.eye(4)) + np.kron(np.eye(5), across)
    np.testing.assert_array_equal(grid.matrix.toarray(), wanted)


def test_beside_insulated_obstacles_rows_sum_to_the_pull_of_held_walls() -> None:
    free = np.ones((9, 8), bool)
    free[3:5, 2:6] = False
    grid = GridPoisson(free, obstacles="insulated")
    pull = grid.on_grid(np.asarray(grid.matrix.sum(axis=1)).ravel())
    assert (pull[1:-1, 1:-1] == 0).all()
    assert pull[0, 0] == 2 and pull[0, 3] == 1
    assert (grid.matrix != grid.matrix.T).nnz == 0
    assert np.linalg.eigvalsh(grid.matrix.toarray()).min() > 0


def test_grid_and_cells() -> None:
    grid = GridPoisson(FREE)
    values = np.random.default_rng(31).standard_normal((grid.size, 2))
    spread = grid.on_grid(values)
    assert spread.shape == (6, 7, 2) and (spread[~FREE] == 0).all()
    np.testing.assert_array_equal(grid.on_cells(spread), values)


def test_what_is_undetermined_is_refused() -> None:
    with pytest.raises(OptionError, match="1 of 1 regions"):
        GridPoisson(np.ones((4, 4), bool), walls="insulated")
    cut = np.ones((7, 7), bool)
    cut[2:5, 2:5] = False
    cut[3, 3] = True
    assert GridPoisson(cut).size == 41
    with pytest.raises(OptionError, match="1 of 2 regions"):
        GridPoisson(cut, obstacles="insulated")


def test_wrong_use() -> None:
    with pytest.raises(OptionError, match="free cells"):
        GridPoisson(np.zeros((3, 3), bool))
    with pytest.raises(OptionError, match="2 axes"):
        GridPoisson(np.ones((3, 3), bool), walls=(("held", "held"),))
    wrong: Any = "open"
    with pytest.raises(OptionError, match="'held' or 'insulated'"):
        GridPoisson(np.ones((3, 3), bool), obstacles=wrong)
