"""The width of a mesh seen from its graph."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from residuum.discretise.linear._front import front

from ._systems import laplacian, second


def test_lines_squares_and_cubes() -> None:
    assert front(second(500)) == 1.0
    # Corner to corner the layers of an n × n grid are diagonals, of mean size n² / (2 n - 1).
    assert front(laplacian(40, 40)) == 1600 / 79
    assert front(laplacian(12, 12, 12)) == 1728 / 34


def test_a_dense_row_and_isolated_rows_do_not_hide_it() -> None:
    grid = laplacian(40, 40)
    wide = sp.block_array([[grid, np.ones((1600, 1))], [np.ones((1, 1600)), None]])
    assert front(sp.csr_array(wide)) == front(grid)
    assert front(sp.csr_array(sp.block_diag([sp.eye_array(50), grid]))) == front(grid)


def test_nothing() -> None:
    assert front(sp.csr_array((0, 0))) == 0.0
    assert front(sp.csr_array((3, 3))) == 1.0
