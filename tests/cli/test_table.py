"""The table of a comparison."""

from __future__ import annotations

import pytest

from residuum._core import Certificate, Record, Result
from residuum.cli._problems import Difference, pose
from residuum.cli._rows import Row, Verdict
from residuum.cli._table import certified, say_table, short
from residuum.problem import Solution

from ._fakes import released


def solved(kind: str = "estimate") -> Solution:
    problem = pose("damped_oscillator").problem
    certificate = Certificate() if kind == "none" else Certificate(kind, 1e-9, 2e-9)
    record = Record(unknowns=1234, seconds={"train": 1234.5, "total": 12.34})
    return Solution(
        problem, released(problem), Result.OUT_OF_BUDGET, certificate=certificate, record=record
    )


def test_numbers_stay_short() -> None:
    assert [short(v) for v in (0.0, 0.062, 9.99, 12.34, 1234.5)] == [
        *("0.00", "0.06", "9.99", "12.3", "1234")
    ]


def test_certificates_in_a_cell() -> None:
    cells = [certified(solved(kind)) for kind in ("estimate", "bound", "none")]
    assert cells == ["~2e-09", "<2e-09", "none"]


def test_it_fits_into_eighty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    gap = Difference(1e-3, {}, 9)
    rows = [
        Row("random_features", "out of budget", "floor", "", solved(), gap, 150.0),
        Row("time_integration", "refused", "classical", "because [so]"),
    ]
    say_table(rows, Verdict())
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(word in text for word in ("random_features", "1.0e-03", "~2e-09", "1234", "12.3"))
    assert "time_integration: refused: because [so]" in lines
    assert "no classical row to compare with" in text
    assert "no classical row gave an answer" in text
    # What has to be beaten stands first.
    families = [line.strip() for line in lines if line.strip() in ("classical", "not trained")]
    assert families == ["classical", "not trained"]


def test_the_best_classical_row_is_marked_and_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    best = Row("spectral", "successful", "classical", "", solved(), Difference(1e-9, {}, 9), 1.0)
    say_table([best], Verdict("the reference", best, "the fastest of all"), floor=1e-6)
    text = capsys.readouterr().out
    assert "spectral*" in text and "the fastest of all" in text
    assert "at or below 1e-06, the reference's own error" in text
