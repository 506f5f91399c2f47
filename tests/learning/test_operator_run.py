"""How trainings end, and how they go on: bit for bit, after a kill too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import residuum as rs
from residuum._core import Checkpoint, FileError, Result
from residuum.learning import CSV, Logger, Trainer
from residuum.methods import Surrogate
from tests.operators._families import Two, squares

ROOT = Path(__file__).parents[2]
SHORT = Trainer(epochs=6, batch=8, rate=1e-2)


def train(trainer: Trainer = SHORT, file: Path | None = None, **more: Any) -> Surrogate:
    checkpoint = None if file is None else Checkpoint(file, 0.0)
    return rs.train(Two(), squares(24), trainer, progress=False, checkpoint=checkpoint, **more)


def leaves(found: Surrogate) -> list[np.ndarray]:
    return [np.asarray(x) for x in jax.tree.leaves(found.operator) if hasattr(x, "shape")]


def assert_same(one: Surrogate, two: Surrogate) -> None:
    assert one.training is not None and two.training is not None
    np.testing.assert_array_equal(one.training.losses, two.training.losses)
    for a, b in zip(leaves(one), leaves(two), strict=True):
        np.testing.assert_array_equal(a, b)


class After(Logger):
    """Does something when a step is told."""

    def __init__(self, step: int, act: object) -> None:
        self.step, self.act = step, act

    def __repr__(self) -> str:
        return "After"

    def begin(self, step: int) -> None:
        self.begun = step

    def log(self, step: int, values: Mapping[str, float]) -> None:
        if step == self.step:
            self.act()  # type: ignore[operator]


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interrupted_training_goes_on_bit_for_bit(tmp_path: Path) -> None:
    file, table = tmp_path / "run.ckpt", tmp_path / "run.csv"
    loggers = (CSV(table), After(6, interrupt))
    stopped = train(replace(SHORT, loggers=loggers), file)
    assert stopped.training is not None
    assert stopped.training.result is Result.INTERRUPTED and len(stopped.training.losses) == 6
    rest = train(replace(SHORT, loggers=(CSV(table),)), file)
    assert_same(rest, train())
    assert rest.training is not None
    assert any("goes on from step 6" in note for note in rest.training.record.notes)
    steps = [line.split(",")[0] for line in table.read_text().split()[1:]]
    assert steps == ["2", "4", "6", "8", "10", "12"]


KILLED = """
import os, signal, sys
from pathlib import Path
from typing import Any
from dataclasses import replace
from tests.learning.test_operator_run import SHORT, After, train
kill = After(8, lambda: os.kill(os.getpid(), signal.SIGKILL))
train(replace(SHORT, loggers=(kill,)), Path(sys.argv[1]))
"""


def test_a_killed_training_goes_on_bit_for_bit(tmp_path: Path) -> None:
    file = tmp_path / "run.ckpt"
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], env=place, timeout=200)
    assert done.returncode == -signal.SIGKILL
    rest = train(file=file)
    assert rest.training is not None and rest.training.result is Result.SUCCESSFUL
    (note,) = rest.training.record.notes
    assert "from step 8" in note, "the last step before the kill was kept"
    assert_same(rest, train())


def test_a_training_that_had_ended_is_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "run.ckpt"
    first, again = train(file=file), train(file=file)
    assert_same(first, again)
    assert again.training is not None and "had ended" in again.training.reason
    assert again.training.seconds >= 0.0 < first.seconds["train"] <= again.seconds["train"]


@pytest.mark.parametrize(
    ("trainer", "key", "what"),
    [(replace(SHORT, rate=2e-2), 7, "training"), (SHORT, 8, "key")],
)
def test_the_checkpoint_of_another_training_is_refused(
    tmp_path: Path, trainer: Trainer, key: int, what: str
) -> None:
    file = tmp_path / "run.ckpt"
    train(file=file)
    with pytest.raises(FileError, match=what):
        train(trainer, file, key=key)


def test_a_loss_that_is_no_number_ends_with_the_best_weights() -> None:
    wild = replace(SHORT, rate=1e12, clip=None, schedule="constant", warmup=0.0, optimiser="sgd")
    found = train(wild)
    assert found.training is not None
    assert found.training.result is Result.DIVERGED and "blew up" in found.training.reason
    assert all(np.isfinite(leaf).all() for leaf in leaves(found))


def test_a_spent_budget_returns_the_best_so_far() -> None:
    found = train(replace(SHORT, epochs=100_000), budget=1.0)
    assert found.training is not None
    assert found.training.result is Result.OUT_OF_BUDGET
    assert len(found.training.losses) >= 1 and found.training.seconds < 60


def test_patience_and_target_end_it() -> None:
    lazy = train(replace(SHORT, epochs=50, rate=1e-9, decay=0.0, patience=3))
    assert lazy.training is not None and "no better judgement" in lazy.training.reason
    content = train(replace(SHORT, epochs=50, target=0.9))
    assert content.training is not None and "at most 0.9" in content.training.reason
    assert content.training.validation <= 0.9 and len(content.training.losses) < 100
