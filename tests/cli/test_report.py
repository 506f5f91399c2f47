"""What is said of a problem and of a solution."""

from __future__ import annotations

import math

from residuum._core import Certificate, Record, Result
from residuum.cli import _report
from residuum.cli._problems import Difference, pose
from residuum.problem import Solution

from ._fakes import released


def test_error_against_the_reference() -> None:
    posed = pose("damped_oscillator")
    rows = dict(_report.error_rows(posed.case, Difference(0.02, {"u": 0.02}, 501)))
    assert rows["error"].startswith("2.0e-02 relative L2") and "501 points" in rows["error"]
    assert "5e-15" in rows["reference"] and "own error" not in rows["error"]


def test_an_error_below_the_reference_says_so() -> None:
    posed = pose("damped_oscillator")
    rows = dict(_report.error_rows(posed.case, Difference(1e-16, {"u": 1e-16}, 501)))
    assert "the reference's own error" in rows["error"]


def test_several_unknowns_have_an_error_each() -> None:
    posed = pose("lorenz")
    error = Difference(0.02, {"x": 0.01, "y": 0.02, "z": 0.03}, 9)
    assert ("", "x 1.0e-02, y 2.0e-02, z 3.0e-02") in list(_report.error_rows(posed.case, error))


def test_no_reference_is_said() -> None:
    assert _report.error_rows(None, None, "problem files have none") == [
        ("error", "no reference (problem files have none)")
    ]


def test_a_case_without_a_reference_says_what_judges_it() -> None:
    posed = pose("cavity_100")
    rows = dict(_report.error_rows(posed.case, None, "judged by the agreement of two levels"))
    assert rows["error"] == "no reference (judged by the agreement of two levels)"
    assert "refinement levels" in rows["reference"]
    data = _report.problem_data(posed)
    assert data["group"] == "anchors" and data["reference"]["floor"] is None
    assert "pressure" in data["notes"]


def test_seconds_by_phase() -> None:
    text = _report.seconds_text({"solve": 1.5, "certify": 0.25, "total": 2.0}, process=True)
    assert text.startswith("compile 0.00, train 0.00, solve 1.50, certify 0.25, total 2.00, whole")


def test_notes_and_plain_data() -> None:
    problem = pose("damped_oscillator").problem
    record = Record(notes=["method chosen: because", "first", "second"], unknowns=4)
    solution = Solution(
        problem, released(problem), Result.DIVERGED, record=record, certificate=Certificate()
    )
    rows = list(_report.solution_rows(solution))
    assert rows[-2:] == [("notes", "first"), ("", "second")]
    data = _report.solution_data(solution)
    assert data["result"] == {
        "code": "diverged",
        "ok": False,
        "meaning": Result.DIVERGED.value,
    }
    assert data["certificate"]["value"] is None and data["record"]["unknowns"] == 4
    assert not math.isnan(data["record"]["peak_memory_mb"])
