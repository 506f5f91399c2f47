"""The files of a set: versions, journals, drafts of runs that were killed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from residuum._core import FileError
from residuum.datasets._store import JOURNAL, Entry, Store, checksum, read_journal
from tests.datasets._families import small


def test_checksums_tell_names_and_values_apart() -> None:
    one = {"a": np.ones(3), "b": np.zeros(3)}
    assert checksum(one) == checksum({"b": np.zeros(3), "a": np.ones(3)})
    assert checksum(one) != checksum({"a": np.zeros(3), "b": np.ones(3)})


def test_later_lines_count_and_wrong_ones_are_named(tmp_path: Path) -> None:
    journal = tmp_path / JOURNAL
    lines = [vars(Entry(3, "failed", reason="once")) | {"error": None}]
    lines += [{"run": {}}, vars(Entry(3, "solved", "12", 0.1))]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_journal(journal)[3].checksum == "12"
    journal.write_text("{nonsense\n" + json.dumps(lines[0]) + "\n")
    with pytest.raises(FileError, match="line 1"):
        read_journal(journal)
    assert read_journal(tmp_path / "none") == {}


def test_a_run_that_was_killed_while_it_began_is_no_hindrance(tmp_path: Path) -> None:
    place = tmp_path / "set"
    (place / ".data.zarr.123").mkdir(parents=True)
    (place / ".data.zarr.123" / "zarr.json").write_text("{")
    assert small(place, 1).solved == 1
    assert sorted(item.name for item in place.iterdir()) == ["data.zarr", JOURNAL]


def test_sets_of_a_later_format_are_refused(made: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    shutil.copytree(made, later)
    about = json.loads((later / "data.zarr" / "zarr.json").read_text())
    about["attributes"]["format"] = 99
    (later / "data.zarr" / "zarr.json").write_text(json.dumps(about))
    with pytest.raises(FileError, match="format 99"):
        Store(later)
