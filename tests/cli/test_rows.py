"""The rows of a comparison."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from residuum._core import Answer, Certificate, Record, Result
from residuum.cli import _rows
from residuum.cli._options import Limits
from residuum.cli._problems import Posed, comparison_points, pose
from residuum.problem import Solution

from ._fakes import Broken, Exact, Rough, Shy, Slow, released

NAME = "damped_oscillator"


def without_reference() -> Posed:
    return Posed(pose(NAME).problem)


def test_without_a_reference_the_best_classical_row_is_the_measure() -> None:
    posed = without_reference()
    rows = _rows.run_all(posed, [Rough(), Exact(), Shy()], Limits(), quiet=True)
    verdict = _rows.judge(posed, rows, comparison_points(posed, None))
    assert verdict.against == "the most accurate classical row, exact"
    assert verdict.best is rows[1] and verdict.why == "the fastest with certificate <= 1e-04"
    assert rows[0].error is not None and rows[0].error.total > 1e-3
    assert rows[1].error is None and rows[2].ratio is None


def test_without_reference_and_classical_row_there_is_no_measure() -> None:
    posed = without_reference()
    rows = _rows.run_all(posed, [Rough()], Limits(), quiet=True)
    assert _rows.judge(posed, rows, comparison_points(posed, None)) == _rows.Verdict()
    assert rows[0].error is None and rows[0].ratio is None


def test_ctrl_c_keeps_finished_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", stop)
    posed = without_reference()
    rows = _rows.run_all(posed, [Exact(), Slow(), Rough()], Limits(), quiet=True)
    assert [row.status for row in rows] == ["successful", "interrupted", "not run"]
    assert rows[1].solution is not None
    assert _rows.rows_code(rows) == 130


def test_ctrl_c_before_the_first_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Any, problem: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Broken, "refuse", stop)
    rows = _rows.run_all(without_reference(), [Broken(), Rough()], Limits(), quiet=True)
    assert [row.status for row in rows] == ["interrupted", "not run"]


def test_the_better_certificate_makes_the_best_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def better(self: Any, problem: Any, task: Any) -> Answer:
        certificate = Certificate("bound", 1e-12, 1e-12, "L2", ("a theorem",))
        return Answer(released(problem), Result.SUCCESSFUL, certificate)

    monkeypatch.setattr(Rough, "run", better)
    monkeypatch.setattr(Rough, "family", "classical")
    posed = without_reference()
    rows = _rows.run_all(posed, [Exact(), Rough()], Limits(), quiet=True)
    verdict = _rows.judge(posed, rows, comparison_points(posed, None))
    assert verdict.against.endswith("rough")


def timed(name: str, seconds: float, shift: float, *, family: str = "classical") -> _rows.Row:
    """A row that took some seconds and misses the oscillator by a shift."""
    problem = pose(NAME).problem
    record = Record(seconds={"compile": 0.1, "total": seconds})
    solution = Solution(problem, released(problem, shift), Result.STAGNATED, record=record)
    return _rows.Row(name, "stagnated", family, solution=solution)


def test_the_best_classical_row_is_the_fastest_that_is_accurate_enough() -> None:
    posed = pose(NAME)
    points = comparison_points(posed, None)
    rows = [
        timed("slow", 4.0, 0.0),
        timed("fast", 2.0, 1e-6),
        timed("crude", 1.0, 0.1),
        timed("net", 8.0, 0.0, family="learned"),
    ]
    verdict = _rows.judge(posed, rows, points)
    assert verdict.best is rows[1] and verdict.against == _rows.REFERENCE
    assert [row.ratio for row in rows] == [2.0, 1.0, 0.5, 4.0]
    # A tolerance of the user's own decides who is accurate enough.
    assert _rows.judge(posed, rows, points, 1e-9).best is rows[0]
    assert _rows.judge(posed, rows, points, 0.9).best is rows[2]


def test_if_none_is_accurate_enough_the_most_accurate_is_best() -> None:
    posed = pose(NAME)
    rows = [timed("fast", 1.0, 0.2), timed("slow", 4.0, 0.1)]
    verdict = _rows.judge(posed, rows, comparison_points(posed, None))
    assert verdict.best is rows[1]
    assert verdict.why == "the smallest error, as none has <= 1e-04"


def test_phases_are_folded_and_add_up() -> None:
    row = timed("one", 4.0, 0.0)
    assert row.solution is not None
    row.solution.record.seconds |= {"train": 1.0, "mesh": 0.5, "solve": 2.0, "compare": 0.25}
    assert row.seconds == {"compile": 0.1, "train": 1.0, "solve": 2.9, "total": 4.0}


def test_a_reference_that_fails_leaves_no_half_of_a_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    posed = pose(NAME)
    assert posed.case is not None
    calls: list[int] = []

    def broken(points: np.ndarray) -> np.ndarray:
        calls.append(1)
        if len(calls) > 1:
            raise OSError("the file is gone")
        return np.ones((len(points), 1))

    bad = Posed(posed.problem, dataclasses.replace(posed.case, reference=broken))
    rows = [timed("one", 1.0, 0.0, family="learned"), timed("two", 1.0, 0.0, family="learned")]
    assert _rows.judge(bad, rows, comparison_points(posed, None)).against == ""
    assert [row.error for row in rows] == [None, None]
    assert "the file is gone" in capsys.readouterr().err
