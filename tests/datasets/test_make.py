"""Data sets are made as asked, gone on with after any end, and never mixed up."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import DataError, FileError, OptionError, Result, SolveFailed
from residuum.datasets import Labels
from residuum.datasets import _make as make
from residuum.datasets._store import JOURNAL, Store
from tests.datasets._families import FAST, line, small

ROOT = Path(__file__).parents[2]


def test_samples_are_the_members_of_the_family(tmp_path: Path) -> None:
    made = small(tmp_path / "set")
    assert (made.count, made.solved, made.failed, made.missing) == (4, 4, {}, 0)
    assert made.error[1] <= 1e-2
    samples = rs.read_data(tmp_path / "set", family=line())
    assert samples.inputs.shape == (4, 9, 2) and samples.outputs.shape == (4, 9, 1)
    assert samples.input_names == ("a", "s") and samples.edges == ("zero",)
    assert samples.errors is not None and (samples.errors <= 1e-2).all()
    member = line().draw(5, 2)
    x = np.linspace(0, 1, 9)
    assert np.allclose(samples.inputs[2, :, 0], member.given["a"](x), rtol=1e-6)
    assert np.allclose(samples.inputs[2, :, 1], member.given["s"], rtol=1e-6)
    answer = rs.solve(member, rs.FiniteElement(), tol=1e-2)
    assert np.allclose(samples.outputs[2, :, 0], answer(x=x), atol=1e-7)


def test_the_same_call_goes_on_and_adds(tmp_path: Path) -> None:
    place = tmp_path / "set"
    small(place)
    before = (place / JOURNAL).read_text().count("checksum")
    small(place)
    assert (place / JOURNAL).read_text().count("checksum") == before == 4
    first = rs.read_data(place)
    assert small(place, 6).solved == 6
    assert (place / JOURNAL).read_text().count("checksum") == 6
    assert np.array_equal(rs.read_data(place).outputs[:4], first.outputs)
    assert np.array_equal(rs.read_data(place, which=[1, 0]).inputs, first.inputs[[1, 0]])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": 6}, "the key of the set"),
        ({"shape": 17}, "the axes of the set"),
        ({"labels": Labels(rs.FiniteElement(), tol=1e-3)}, "the tol of the set"),
        ({"labels": Labels(tol=1e-2)}, "the method of the set"),
        ({"family": line(s=rs.UniformDistribution(1, 3))}, "the family of the set"),
    ],
)
def test_a_set_of_something_else_is_not_gone_on_with(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    small(tmp_path / "set", 1)
    with pytest.raises(DataError, match=said):
        small(tmp_path / "set", 2, **changes)
    assert Store(tmp_path / "set").count == 1


def test_damaged_samples_are_solved_for_anew(tmp_path: Path) -> None:
    place = tmp_path / "set"
    small(place)
    first = rs.read_data(place)
    chunks = sorted((place / "data.zarr" / "u" / "c").glob("*/*"))
    assert len(chunks) == 4
    chunks[1].write_bytes(chunks[1].read_bytes()[:-3])
    chunks[2].unlink()
    chunks[3].write_bytes(chunks[0].read_bytes())
    for k in (1, 2, 3):
        with pytest.raises(DataError, match=f"whole chunks of sample {k}"):
            rs.read_data(place, which=[k])
    assert small(place).solved == 4
    assert np.array_equal(rs.read_data(place).outputs, first.outputs)


def test_a_line_that_was_cut_off_counts_for_nothing(tmp_path: Path) -> None:
    place = tmp_path / "set"
    small(place)
    content = (place / JOURNAL).read_bytes()
    (place / JOURNAL).write_bytes(content[:-9])
    with pytest.raises(DataError, match="1 missing"):
        rs.read_data(place)
    assert len(rs.read_data(place, incomplete=True)) == 3
    assert small(place).solved == 4 and len(rs.read_data(place)) == 4


SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.datasets._families import FAST, small
small(Path(sys.argv[1]), 30)
"""


@pytest.mark.slow
def test_a_killed_run_loses_and_doubles_nothing(tmp_path: Path) -> None:
    place = tmp_path / "set"
    journal = place / JOURNAL
    for wanted in (3, 9):
        child = subprocess.Popen([sys.executable, "-c", SCRIPT, str(place)], cwd=ROOT)
        end = time.monotonic() + 200
        while time.monotonic() < end and child.poll() is None:
            if journal.exists() and journal.read_text().count("checksum") >= wanted:
                break
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    done = Store(place).entries
    assert 9 <= len(done) < 30
    made = small(place, 30)
    assert made.solved == 30 and made.missing == 0
    lines = journal.read_text().splitlines()
    numbers = [line.split(",")[0] for line in lines if "checksum" in line]
    assert len(numbers) == len(set(numbers)) == 30
    fresh = tmp_path / "fresh"
    small(fresh, 30)
    assert np.array_equal(rs.read_data(place).outputs, rs.read_data(fresh).outputs)
    assert np.array_equal(rs.read_data(place).inputs, rs.read_data(fresh).inputs)


def test_a_full_disk_is_named_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zarr

    place = tmp_path / "set"
    small(place, 2)
    write = zarr.Array.__setitem__

    def full(array: Any, where: Any, values: Any) -> None:
        if array.path == "u" and where == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(array, where, values)

    with monkeypatch.context() as patched:
        patched.setattr(zarr.Array, "__setitem__", full)
        with pytest.raises(FileError, match="No space left on device at sample 3"):
            small(place, 5)
    assert sorted(Store(place).entries) == [0, 1, 2]
    assert small(place, 5).solved == 5 and len(rs.read_data(place)) == 5


def test_a_full_disk_at_the_line_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "set"
    small(place, 2)

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            small(place, 3)
    assert (place / JOURNAL).read_bytes().endswith(b"\n")
    assert small(place, 3).solved == 3


def test_samples_that_fail_have_a_reason_and_no_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = rs.solve

    def sometimes(member: rs.Problem, *rest: Any, **options: Any) -> rs.Solution:
        if abs(member.given["s"] - line().draw(5, 1).given["s"]) < 1e-9:
            raise ZeroDivisionError("by chance")
        return solve(member, *rest, **options)

    monkeypatch.setattr(make, "solve", sometimes)
    made = small(tmp_path / "set", 3)
    assert made.failed == {1: "ZeroDivisionError: by chance"} and made.solved == 2
    samples = rs.read_data(tmp_path / "set")
    assert len(samples) == 2
    with pytest.raises(DataError, match="a sample with a label"):
        rs.read_data(tmp_path / "set", which=[1])
    assert str(made).count("by chance") == 1
    monkeypatch.setattr(make, "solve", solve)
    assert small(tmp_path / "set", 3).failed, "the same call leaves it"
    again = small(tmp_path / "set", 3, labels=replace(FAST, retry=True))
    assert again.solved == 3 and not again.failed and len(rs.read_data(tmp_path / "set")) == 3


def test_ctrl_c_ends_the_set_and_is_no_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solve = rs.solve

    def stopped(member: rs.Problem, *rest: Any, **options: Any) -> rs.Solution:
        answer = solve(member, *rest, **options)
        if abs(member.given["s"] - line().draw(5, 1).given["s"]) < 1e-9:
            answer.result = Result.INTERRUPTED
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(make, "solve", stopped)
        with pytest.raises(KeyboardInterrupt):
            small(tmp_path / "set", 3)
    assert list(Store(tmp_path / "set").entries) == [0]
    assert small(tmp_path / "set", 3).solved == 3


def test_labels_that_miss_the_tolerance_are_none(tmp_path: Path) -> None:
    with pytest.raises(SolveFailed, match="out of budget"):
        small(tmp_path / "set", 2, labels=Labels(rs.FiniteElement(), tol=1e-2, budget=1e-6))
    assert Store(tmp_path / "set").solved == 0


def test_labels_that_leave_their_bounds_are_none(tmp_path: Path) -> None:
    family = line(bounds={"u": (-1.0, 0.0)})
    with pytest.raises(SolveFailed, match=r"u between -1\.0 and 0\.0"):
        small(tmp_path / "set", 2, family=family)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    from residuum.datasets._store import Writer

    small(tmp_path / "set", 1)
    with (
        Writer(Store(tmp_path / "set")),
        pytest.raises(FileError, match="that nobody else writes"),
    ):
        small(tmp_path / "set", 2)


def test_wrong_use_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="a Family"):
        rs.make_data(line().problem, tmp_path / "a", count=1)  # type: ignore[arg-type]
    for changes, said in (
        ({"count": 0}, "one sample"),
        ({"count": 2.5}, "a whole count"),
        ({"key": -1}, "a whole key"),
        ({"shape": 1}, "two nodes"),
        ({"times": 3}, "no times for a steady"),
        ({"workers": 0}, "how many processes"),
    ):
        with pytest.raises(OptionError, match=said):
            small(tmp_path / "b", **changes)
    with pytest.raises(OptionError, match="float32 or float64"):
        Labels(dtype="int8")
    with pytest.raises(OptionError, match="between 0 and 1"):
        Labels(tol=2)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("mine")
    with pytest.raises(FileError, match="new or empty"):
        small(tmp_path / "c")
    assert (tmp_path / "c" / "mine.txt").read_text() == "mine"
    assert FAST.dtype == "float32"
