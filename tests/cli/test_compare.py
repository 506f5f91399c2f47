"""``residuum compare``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from residuum.cli import _compare

from .conftest import Run

NAME = "damped_oscillator"


def test_every_method_keeps_its_row(run: Run, tmp_path: Path) -> None:
    done = run("compare", NAME, "--methods", "exact,shy,broken,rough,exact")
    assert done.exit_code == 0
    for words in (
        ("exact", "successful"),
        ("shy", "refused"),
        ("broken", "failed"),
        ("rough", "stag"),
    ):
        assert any(all(w in line for w in words) for line in done.stdout.splitlines()), words
    assert "it is shy" in done.stdout and "something [odd] broke" in done.stdout
    assert "the reference" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    table = json.loads((tmp_path / f"{NAME}-compare.json").read_text())
    assert [row["method"] for row in table["rows"]] == ["exact", "shy", "broken", "rough"]
    assert (tmp_path / f"{NAME}-compare.png").is_file()


def test_json(run: Run) -> None:
    done = run("compare", NAME, "--json", "--tol", "1e-6")
    found = json.loads(done.stdout)
    rough, exact, shy = found["rows"]
    # What refuses stays in the table with its reason, though nobody named it.
    assert (shy["status"], shy["reason"], shy["error"]) == ("refused", "it is shy", None)
    assert done.exit_code == 0 and found["compared_with"] == "the reference"
    assert found["best_classical"]["method"] == "exact"
    assert found["best_classical"]["why"] == "the fastest with error <= 1e-06"
    assert exact["time_ratio_to_best_classical"] == 1.0 and exact["family"] == "classical"
    assert rough["time_ratio_to_best_classical"] > 0 and rough["family"] == "learned"
    split = exact["seconds"]
    parts = sum(split[name] for name in ("compile", "train", "solve"))
    assert parts == pytest.approx(split["total"], rel=1e-12)
    assert exact["error"]["relative_l2"] < 1e-14 < rough["error"]["relative_l2"]
    assert Path(found["files"]["table"]).is_file()


def test_a_case_without_a_reference_is_judged_by_the_best_row(run: Run) -> None:
    done = run("compare", "cavity_100", "--methods", "exact,rough", "--points", "5", "--json")
    found = json.loads(done.stdout)
    assert found["compared_with"] == "the most accurate classical row, exact"
    assert found["problem"]["reference"]["known"] is False
    assert found["problem"]["reference"]["floor"] is None
    assert found["best_classical"]["why"] == "the fastest with certificate <= 1e-04"


@pytest.mark.parametrize(("names", "code"), [("rough", 3), ("shy", 2), ("broken,rough", 3)])
def test_no_row_with_success(run: Run, names: str, code: int) -> None:
    done = run("compare", NAME, "--methods", names, "--quiet")
    assert done.exit_code == code and done.output == ""


def test_wrong_names(run: Run) -> None:
    assert "Did you mean 'rough'" in run("compare", NAME, "--methods", "exact,ruogh").stderr
    assert run("compare", NAME, "--methods", ",").exit_code == 2
    with pytest.raises(typer.BadParameter):
        _compare.read_methods(" , ")
