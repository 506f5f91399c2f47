"""Pictures of samples: lines, maps, and the middle of a solid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from residuum.cli._data_picture import _drawn, draw_samples
from tests.datasets._families import small


def test_samples_are_drawn(tmp_path: Path) -> None:
    small(tmp_path / "set", 2)
    draw_samples(tmp_path / "set", [0], tmp_path / "set.png")
    assert (tmp_path / "set.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_panel_takes_any_number_of_axes(dimension: int) -> None:
    figure = Figure()
    panel = figure.subplots()
    axes = (np.linspace(0, 1, 4),) * dimension
    _drawn(figure, panel, axes, np.random.default_rng(3).random((4,) * dimension))
    assert panel.lines if dimension == 1 else panel.collections
