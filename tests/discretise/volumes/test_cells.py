"""Tests of uniform cells."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.discretise.volumes import Cells, cells_of
from residuum.geometry import Box
from residuum.problem import Eq, Problem, initial, periodic, space, time, unknown

CELLS = Cells((-1.0, 0.0), (1.0, 3.0), (4, 6), (True, False))


def test_places() -> None:
    assert CELLS.size == 24 and CELLS.widths == (0.5, 0.5) and CELLS.dimension == 2
    assert CELLS.centres.shape == (24, 2)
    np.testing.assert_allclose(
        CELLS.centres[[0, 1, -1]], [[-0.75, 0.25], [-0.75, 0.75], [0.75, 2.75]]
    )
    assert CELLS.faces(0).shape == (5 * 6, 2) and CELLS.faces(1).shape == (4 * 7, 2)
    np.testing.assert_allclose(CELLS.faces(0)[[0, -1]], [[-1.0, 0.25], [1.0, 2.75]])
    np.testing.assert_allclose(CELLS.side(1, upper=True)[:, 1], 3.0)
    np.testing.assert_allclose(CELLS.side(0, upper=False)[:, 0], -1.0)


def test_means_of_polynomials_and_steps() -> None:
    px, py = CELLS.inner().T
    # The midpoint rule is exact for what is linear in each coordinate.
    centres = CELLS.centres.T.reshape(2, 4, 6)
    found = CELLS.averaged(px * py + 2)
    np.testing.assert_allclose(found, centres[0] * centres[1] + 2, rtol=1e-13)
    # A step at a third of a cell, of six points per axis.
    step = CELLS.averaged((px < -1 + 0.5 / 3).astype(float))
    np.testing.assert_allclose(step[0], 1 / 3, rtol=1e-13)


def test_counts_follow_the_sides() -> None:
    t = time("t")
    x, y = space("x", "y")
    u = unknown("u", t, x, y)
    problem = Problem(
        Box(t=(0, 1), x=(0, 2), y=(0, 1)),
        Eq(u.diff(t) + u.diff(x)),
        [initial(u, 0), periodic(u, "y")],
    )
    cells = cells_of(problem, 32)
    assert cells.counts == (32, 16) and cells.periodic == (False, True)
    assert cells_of(problem, (10, 12)).counts == (10, 12)
    for wrong in ((8,), (2, 8)):
        with pytest.raises(OptionError, match="cells"):
            cells_of(problem, wrong)
