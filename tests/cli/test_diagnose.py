"""``residuum diagnose``, and what a solve that failed says by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from residuum.analysis import Diagnosis, Finding
from residuum.cli import _diagnose
from residuum.problem import Solution
from residuum.problem._archive import load
from tests.analysis._cases import X, fixed, poisson, shifted

from .conftest import Run

NAME = "damped_oscillator"


def test_a_poor_answer(run_real: Run) -> None:
    shifted().save("bad.rs")
    done = run_real("diagnose", "bad.rs")
    assert done.exit_code == 0
    assert all(w in done.stdout for w in ("poor: stagnated", "condition missed", "PINN(hard=True)"))
    found = json.loads(run_real("diagnose", "bad.rs", "--json").stdout)
    assert found["poor"] and found["findings"][0]["cause"] == "condition missed"


def test_a_good_answer(run_real: Run) -> None:
    good = fixed(poisson(), X * (1 - X) / 2)
    Solution(good.problem, good.field, type(good.result).SUCCESSFUL).save("good.rs")
    assert "nothing found" in run_real("diagnose", "good.rs").stdout


def test_a_budget_and_a_file_that_is_none(run_real: Run) -> None:
    shifted().save("bad.rs")
    assert "the budget is spent" in run_real("diagnose", "bad.rs", "--budget", "0.001").stdout
    assert run_real("diagnose", "none.rs").exit_code == 2


def test_a_failed_solve_names_what_is_likely(run: Run) -> None:
    done = run("solve", NAME, "--method", "rough")
    assert done.exit_code == 3 and "likely cause" in done.stdout
    assert done.stdout.count("likely cause") <= _diagnose.SHORT
    assert load(f"{NAME}-rough.rs").result.name == "STAGNATED"


def test_a_diagnosis_that_fails_loses_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Diagnosis:
        raise RuntimeError("no luck")

    monkeypatch.setattr("residuum.analysis.diagnose", broken)
    done = run("solve", NAME, "--method", "rough")
    assert done.exit_code == 3 and "no diagnosis: RuntimeError: no luck" in done.stderr


def test_rows_of_a_diagnosis() -> None:
    item = Finding("cause", "seen", "Mend it.", 0.5)
    table = _diagnose.rows(Diagnosis((item,), ("bad",), {"residual": 0.5}, ("x: no time",)))
    assert ("cause", "cause (strength 0.50)") in table and ("residual", "5.0e-01") in table
    assert table[-1] == ("not looked at", "x: no time")
    assert ("cause", "none was found") in _diagnose.rows(Diagnosis((), ("bad",)))
