"""``residuum solve``."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from residuum.problem._archive import load

from .conftest import Run

NAME = "damped_oscillator"


def test_the_report_in_its_order(run: Run, tmp_path: Path) -> None:
    done = run("solve", NAME)
    assert done.exit_code == 0 and done.stderr == ""
    words = [
        *("∂²u/∂t²", "traits", "method", "it knows the answer", "result", "successful", "error"),
        *("relative L2", "reference", "certificate", "estimate", "parameters", "D = 0.25"),
        *("seconds", "whole process", "unknowns", "memory", "notes", "[brackets]"),
        *("picture: ", "solution: "),
    ]
    places = [done.stdout.find(word) for word in words]
    assert -1 not in places
    assert [w for _, w in sorted(zip(places, words, strict=True))] == words
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert (tmp_path / f"{NAME}-exact.png").read_bytes().startswith(b"\x89PNG")
    solution = load(tmp_path / f"{NAME}-exact.rs")
    assert solution.record.notes[0] == "method chosen: it knows the answer"


def test_json_is_all_there_is_on_standard_output(run: Run) -> None:
    done = run("solve", NAME, "--json", "--tol", "1e-6", "--seed", "11", "--out", "deep/er")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["result"]["code"] == "tolerance reached"
    # Rounding alone: the fake knows the answer.
    assert found["error"]["relative_l2"] < 1e-14
    assert found["record"]["seed"] == "11"
    assert found["method"]["reason"] == "it knows the answer"
    assert Path(found["files"]["solution"]).is_file() and "deep" in found["files"]["picture"]
    assert 0 < found["record"]["seconds"]["total"] < found["process_seconds"]


def test_a_file_for_paraview_where_asked_for(run: Run, tmp_path: Path) -> None:
    done = run("solve", NAME, "--vtk", "--json")
    path = Path(json.loads(done.stdout)["files"]["vtk"])
    assert done.exit_code == 0 and path.name == f"{NAME}-exact.vtu" and path.is_file()
    done = run("solve", "heat", "--vtk", "--method", "exact")
    assert "vtk: heat-exact.pvd" in done.stdout and (tmp_path / "heat-exact.pvd").is_file()
    run("solve", "poisson", "--method", "exact")
    assert not (tmp_path / "poisson-exact.vtu").exists()


def test_a_case_without_a_reference_is_solved(run: Run) -> None:
    done = run("solve", "cavity_100", "--method", "exact")
    assert "no reference (judged by the agreement of two levels)" in done.stdout
    data = json.loads(run("solve", "cavity_100", "--method", "exact", "--json").stdout)
    assert data["error"] is None and data["problem"]["reference"]["known"] is False


def test_quiet_prints_nothing(run: Run) -> None:
    done = run("solve", NAME, "-q", "--points", "21")
    assert done.exit_code == 0 and done.output == ""


def test_a_result_without_success_is_code_three_and_files(run: Run, tmp_path: Path) -> None:
    done = run("solve", NAME, "--method", "rough")
    assert done.exit_code == 3
    assert "stagnated" in done.stdout and "asked for" in done.stdout
    assert (tmp_path / f"{NAME}-rough.rs").is_file()


def test_an_unverified_tolerance_is_no_success(run: Run) -> None:
    done = run("solve", NAME, "--tol", "1e-12", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["result"]["code"] == "tolerance not reached"


def test_the_budget_reaches_the_method(run: Run) -> None:
    done = run("solve", NAME, "--method", "slow", "--budget", "0.2s")
    assert done.exit_code == 3 and "out of budget" in done.stdout


def test_a_refusal_names_the_methods_that_fit(run: Run) -> None:
    done = run("solve", NAME, "--method", "shy")
    assert done.exit_code == 2 and "it is shy" in done.stderr and "rough, exact" in done.stderr


def test_a_problem_file_has_no_reference(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(run("show", NAME, "--toml").stdout.replace(NAME, "mine"))
    done = run("solve", "own.toml", "--method", "exact")
    assert done.exit_code == 0 and "no reference" in done.stdout
    assert (tmp_path / "mine-exact.rs").is_file()


def test_the_folder_is_checked_before_the_solve(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("solve", NAME, "--method", "slow", "--out", "file")
    assert done.exit_code == 2 and "cannot make the folder file" in done.stderr


def test_a_reference_that_fails_does_not_lose_the_answer(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise OSError("the reference file is gone")

    monkeypatch.setattr("residuum.cli._solve.difference", unreadable)
    done = run("solve", NAME)
    assert done.exit_code == 0 and "no reference (the reference file is gone)" in done.stdout
    assert (tmp_path / f"{NAME}-exact.rs").is_file()


def test_ctrl_c_keeps_the_best_answer(spawn: Run, tmp_path: Path) -> None:
    process = spawn("solve", NAME, "--method", "slow")
    # Before the solve begins an interrupt would fall into the imports.
    while not (tmp_path / "begun").exists():
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in out and "interrupted" in err and "Traceback" not in err
    assert load(tmp_path / f"{NAME}-slow.rs").result.name == "INTERRUPTED"


def test_with_the_methods_of_the_library(run_real: Run) -> None:
    done = run_real("solve", NAME, "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and found["result"]["ok"]
    # The method's own tolerance where none is asked for.
    assert found["error"]["relative_l2"] < 1e-6
    assert found["certificate"]["relative"] >= found["error"]["relative_l2"]


def test_a_start_and_a_checkpoint_exclude_each_other(run: Run, tmp_path: Path) -> None:
    done = run("solve", NAME, "--start", "a.rs", "--resume", "b.ckpt")
    assert done.exit_code == 2 and "one of --start and --resume" in done.stderr
    done = run("solve", NAME, "--resume", "b.ckpt", "--json")
    notes = json.loads(done.stdout)["record"]["notes"]
    assert done.exit_code == 0 and any("no checkpoint is kept" in note for note in notes)
    assert not (tmp_path / "b.ckpt").exists()


@pytest.mark.slow
def test_resume_keeps_the_training_and_goes_on(run_real: Run, tmp_path: Path) -> None:
    words = ["solve", NAME, "--method", "pinn", "--budget", "3s", "--resume", "run.ckpt", "--json"]
    first = json.loads(run_real(*words).stdout)
    assert (tmp_path / "run.ckpt").is_file()
    again = json.loads(run_real(*words).stdout)
    told = [any("goes on from" in n for n in found["record"]["notes"]) for found in (first, again)]
    assert told == [False, True]
    lengths = [len(found["record"]["history"]["loss"]) for found in (first, again)]
    assert lengths[1] >= lengths[0]
    other = run_real(*words, "--seed", "8")
    assert other.exit_code == 2 and "another key" in other.stderr
