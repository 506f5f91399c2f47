"""The picture of a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from residuum._core import Record, Result
from residuum.learning import Training
from residuum.operators import NearestNeighbour
from tests.operators._families import squares


def training(losses: np.ndarray, held: np.ndarray, ends: np.ndarray) -> Training:
    operator = NearestNeighbour().fit(squares(3))
    record = Record(seconds={"total": 1.5})
    return Training(operator, Result.SUCCESSFUL, "done", losses, held, ends, record)


def test_the_picture_shows_loss_validation_and_what_is_kept(tmp_path: Path) -> None:
    held = np.array([[2.0, 0.5], [4.0, 0.2], [6.0, 0.3]])
    found = training(np.linspace(1, 0.1, 6), held, np.array([2, 4, 6]))
    figure = found.plot(tmp_path / "loss.png")
    labels = {line.get_label() for line in figure.axes[0].lines}
    assert {"loss, by step", "loss, mean of an epoch", "validation", "kept: 0.2"} <= labels
    assert (tmp_path / "loss.png").stat().st_size > 1000
    assert found.validation == 0.2 and found.seconds == 1.5


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_training_cut_off_anywhere_has_a_picture(count: int) -> None:
    found = training(np.ones(count), np.zeros((0, 2)), np.array([2, 4, 6]))
    assert found.plot().axes and np.isnan(found.validation)
