"""Parcels are written whole or not at all, and read without running code."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from residuum._core._parcel import checksum, npy, read_array, write_parcel


def test_arrays_come_back_bit_for_bit(tmp_path: Path) -> None:
    file = tmp_path / "some.parcel"
    arrays = [np.asarray([0.1, np.inf, -0.0]), np.asarray(7), np.zeros((0, 3))]
    buffers = [npy(array) for array in arrays]
    write_parcel(file, "words.json", "{}", buffers, compress=False)
    with zipfile.ZipFile(file) as box:
        assert box.read("words.json") == b"{}"
        for i, array in enumerate(arrays):
            found = read_array(box, i, checksum(buffers[i]))
            assert found.dtype == array.dtype and found.tobytes() == array.tobytes()


def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "some.parcel"
    write_parcel(file, "words.json", "first", [])
    with pytest.raises(TypeError):
        write_parcel(file, "words.json", "second", [None])  # type: ignore[list-item]
    with zipfile.ZipFile(file) as box:
        assert box.read("words.json") == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["some.parcel"]


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        npy(np.asarray([{}], dtype=object))
    file = tmp_path / "some.parcel"
    hostile = pickle.dumps({"any": "thing"})
    write_parcel(file, "words.json", "{}", [hostile, npy(np.asarray(["text"]))])
    with zipfile.ZipFile(file) as box:
        with pytest.raises(ValueError):
            read_array(box, 0, checksum(hostile))
        with pytest.raises(ValueError, match="something else than numbers"):
            read_array(box, 1, checksum(npy(np.asarray(["text"]))))
        with pytest.raises(ValueError, match="checksum"):
            read_array(box, 1, "0" * 64)
