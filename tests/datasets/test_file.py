"""Samples in one file."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from residuum._core import FileError
from residuum.datasets import load_samples, save_samples
from tests.operators._families import rods, squares


def test_samples_are_the_same_after_reading(tmp_path: Path) -> None:
    samples = replace(
        squares(3), outputs=squares(3).outputs[:, None], times=np.array([0.5]), errors=np.ones(3)
    )
    for item in (samples, rods()):
        again = load_samples(save_samples(item, tmp_path / "set.samples"))
        np.testing.assert_array_equal(again.inputs, item.inputs)
        np.testing.assert_array_equal(again.outputs, item.outputs)
        assert again.layout.lengths == item.layout.lengths and again.family == item.family
        assert (again.times is None) is (item.times is None)
        np.testing.assert_array_equal(again.seconds, item.seconds)


def test_damaged_files_and_labels_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path = save_samples(squares(3), tmp_path / "set.samples")
    content = bytearray(path.read_bytes())
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(FileError, match="damaged"):
        load_samples(path)
    broken = squares(3)
    broken.outputs[1] = np.nan
    with pytest.raises(FileError, match="finite outputs"):
        load_samples(save_samples(broken, path))
    with pytest.raises(FileError, match="Check the path"):
        load_samples(tmp_path / "none")
    with pytest.raises(FileError, match="existing folder"):
        save_samples(squares(3), tmp_path / "none" / "set.samples")
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("samples.json", '{"format": 7}')
    with pytest.raises(FileError, match="format 7"):
        load_samples(path)
