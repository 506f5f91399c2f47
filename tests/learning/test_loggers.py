"""Where the numbers of a training go."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from residuum._core import FileError, MissingExtra
from residuum.learning import CSV, TensorBoard

NUMBERS = {"epoch": 1.0, "loss": 0.5, "validation": float("nan"), "seconds": 0.25}


def test_a_table_is_whole_at_every_moment(tmp_path: Path) -> None:
    logger = CSV(tmp_path / "run.csv")
    logger.begin(0)
    logger.log(3, NUMBERS)
    assert logger.path.read_text().split() == [
        "step,epoch,loss,validation,seconds",
        "3,1,0.5,,0.25",
    ]
    logger.close()


def test_a_training_that_goes_on_keeps_the_rows_before_it(tmp_path: Path) -> None:
    first = CSV(tmp_path / "run.csv")
    first.begin(0)
    for step in (3, 6, 9):
        first.log(step, NUMBERS)
    first.close()
    with first.path.open("a") as file:
        file.write("12,4")  # cut off by a kill
    again = CSV(first.path)
    again.begin(6)
    again.log(9, {**NUMBERS, "loss": 0.125})
    again.close()
    rows = [line.split(",") for line in again.path.read_text().split()[1:]]
    assert [(row[0], row[2]) for row in rows] == [("3", "0.5"), ("6", "0.5"), ("9", "0.125")]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="existing folder"):
        CSV(tmp_path / "none" / "run.csv")


def test_without_the_extra_its_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(MissingExtra, match=r"residuum\[tensorboard\]"):
        TensorBoard(tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("tensorboardX") is None, reason="extra not installed")
def test_event_files_are_written(tmp_path: Path) -> None:
    logger = TensorBoard(tmp_path)
    logger.begin(0)
    logger.log(3, NUMBERS)
    logger.close()
    (file,) = tmp_path.glob("events.*")
    content = file.read_bytes()
    assert b"loss" in content and b"validation" not in content
