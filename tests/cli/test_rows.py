"""The rows of a comparison."""

from __future__ import annotations

from typing import Any

import pytest

from residuum._core import Answer, Certificate, Result
from residuum.cli import _rows
from residuum.cli._options import Limits
from residuum.cli._problems import Posed, comparison_points, pose

from ._fakes import Broken, Exact, Rough, Shy, Slow, released

NAME = "damped_oscillator"


def without_reference() -> Posed:
    return Posed(pose(NAME).problem)


def test_without_a_reference_the_best_classical_row_is_the_measure() -> None:
    posed = without_reference()
    rows = _rows.run_all(posed, [Rough(), Exact(), Shy()], Limits(), quiet=True)
    against = _rows.judge(posed, rows, comparison_points(posed, None))
    assert against == "the best classical row, exact"
    assert rows[0].error is not None and rows[0].error.total > 1e-3
    assert rows[1].error is None and rows[2].ratio is None


def test_without_reference_and_classical_row_there_is_no_measure() -> None:
    posed = without_reference()
    rows = _rows.run_all(posed, [Rough()], Limits(), quiet=True)
    assert _rows.judge(posed, rows, comparison_points(posed, None)) == ""
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
    assert _rows.judge(posed, rows, comparison_points(posed, None)).endswith("rough")
