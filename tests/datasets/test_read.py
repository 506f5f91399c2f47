"""Reading back: parts, grids, names, families, and what is refused."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, FileError, OptionError
from residuum.datasets import open_data
from residuum.datasets._store import checksum
from tests.datasets._families import line


def test_coarser_grids_keep_the_ends(made: Path) -> None:
    fine, coarse = rs.read_data(made), rs.read_data(made, shape=5)
    assert coarse.shape == (5,) and coarse.axes[0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert np.array_equal(coarse.outputs, fine.outputs[:, ::2])
    with pytest.raises(OptionError, match="hold 2, 3, 5, 9"):
        rs.read_data(made, shape=4)
    with pytest.raises(OptionError, match="nodes along 1 axes"):
        rs.read_data(made, shape=(5, 5))


def test_parts_are_chosen_by_name_and_number(made: Path) -> None:
    every = rs.read_data(made)
    swapped = rs.read_data(made, inputs=["s", "a"], which=slice(1, None))
    assert swapped.input_names == ("s", "a") and len(swapped) == 2
    assert np.array_equal(swapped.inputs, every.inputs[1:, :, ::-1])
    with pytest.raises(DataError, match="inputs among a, s"):
        rs.read_data(made, inputs=["b"])
    with pytest.raises(DataError, match="outputs among u"):
        rs.read_data(made, outputs="v")
    with pytest.raises(OptionError, match="samples below 3"):
        rs.read_data(made, which=[7])
    with pytest.raises(OptionError, match="a slice or sample numbers"):
        rs.read_data(made, which=2.5)  # type: ignore[arg-type]


def test_a_set_of_another_family_is_refused(made: Path) -> None:
    assert rs.read_data(made, family=line()).family == line().text
    with pytest.raises(DataError, match="statement or distributions differ"):
        rs.read_data(made, family=line(s=rs.UniformDistribution(1, 2.5)))


def test_xarray_reads_it_lazily_by_name(made: Path) -> None:
    data = open_data(made)
    assert data["a"].dims == ("sample", "x") and data["s"].dims == ("sample",)
    middle = data["u"].sel(x=0.5).values
    assert np.array_equal(middle, rs.read_data(made).outputs[:, 4, 0])
    assert data["labelled"].values.all() and (data["label_error"].values < 1e-2).all()
    assert data.attrs["key"] == 5 and "residuum" in data.attrs["versions"]


def forged(made: Path, place: Path, sample: int, change: Any) -> Path:
    """Copy a set and change a label together with its checksum: only the values can tell."""
    import zarr

    shutil.copytree(made, place)
    group: Any = zarr.open_group(place / "data.zarr", mode="r+")
    group["u"][sample] = change(np.asarray(group["u"][sample]))
    values = {name: np.asarray(group[name][sample]) for name in ("a", "s", "u")}
    lines = (place / "journal.jsonl").read_text().splitlines()
    data = [json.loads(line) for line in lines]
    for item in data:
        if item.get("sample") == sample:
            item["checksum"] = checksum(values)
    (place / "journal.jsonl").write_text("".join(json.dumps(item) + "\n" for item in data))
    return place


def test_values_are_judged_by_themselves(made: Path, tmp_path: Path) -> None:
    broken = forged(made, tmp_path / "nan", 1, lambda u: u * np.nan)
    with pytest.raises(DataError, match=r"NaN or infinity in 1 samples, the first \[1\]"):
        rs.read_data(broken)
    wrong = forged(made, tmp_path / "sign", 2, lambda u: -u)
    with pytest.raises(DataError, match=r"u between 0\.0 and inf; got others in samples \[2\]"):
        rs.read_data(wrong, family=line(bounds={"u": (0, math.inf)}))


def test_what_is_no_data_set_is_named(made: Path, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="the folder of a data set"):
        rs.read_data(tmp_path / "nothing")
    cut = tmp_path / "cut"
    shutil.copytree(made, cut)
    (cut / "data.zarr" / "zarr.json").write_text("{")
    with pytest.raises(FileError, match="a data set in"):
        rs.read_data(cut)
    lost = tmp_path / "lost"
    shutil.copytree(made, lost)
    (lost / "journal.jsonl").unlink()
    with pytest.raises(DataError, match="3 missing"):
        rs.read_data(lost)
