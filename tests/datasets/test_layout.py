"""Layouts: lengths of axes, and grids that are halved with their ends kept."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core import OptionError
from residuum.datasets import Layout


def layout(nodes: int, circle: int) -> Layout:
    axes = np.linspace(0, 2, nodes), 3 * np.arange(circle) / circle
    return Layout(axes, ("zero", "wrap"), ("a",), ("u",))


def test_a_periodic_axis_is_a_step_longer_than_its_nodes() -> None:
    found = layout(9, 8)
    assert found.lengths == (2.0, 3.0) and found.shape == (9, 8)
    np.testing.assert_allclose(found.cell, 6 / 72)


def test_halving_keeps_ends_and_lengths() -> None:
    found = layout(9, 8).coarser(2)
    assert found.shape == (3, 2) and found.lengths == (2.0, 3.0)
    assert found.axes[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(("nodes", "circle"), [(10, 8), (9, 6), (3, 8)])
def test_a_grid_that_would_lose_its_end_is_refused(nodes: int, circle: int) -> None:
    with pytest.raises(OptionError, match="divide by 4"):
        layout(nodes, circle).coarser(2)
