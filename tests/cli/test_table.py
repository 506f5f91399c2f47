"""The table of a comparison."""

from __future__ import annotations

import pytest

from residuum._core import Certificate, Record, Result
from residuum.cli._problems import Difference, pose
from residuum.cli._rows import Row
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
    rows = [
        Row(
            "random_features", "out of budget", False, "", solved(), Difference(1e-3, {}, 9), 150.0
        ),
        Row("chebyshev", "refused", True, "because [so]"),
    ]
    say_table(rows, "")
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(word in text for word in ("random_features", "1.0e-03", "~2e-09", "1234", "12.3"))
    assert "chebyshev: refused: because [so]" in lines
    assert "no classical row" in text and "(classical: chebyshev)" in text
