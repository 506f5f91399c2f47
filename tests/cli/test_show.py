"""``residuum show``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

NAME = "damped_oscillator"


def test_a_problem(run: Run) -> None:
    done = run("show", NAME)
    assert done.exit_code == 0
    assert all(word in done.stdout for word in ("∂²u/∂t²", "traits", "reference", "title"))


def test_latex_toml_and_json(run: Run, tmp_path: Path) -> None:
    assert "\\partial" in run("show", "burgers", "--latex").stdout
    (tmp_path / "again.toml").write_text(run("show", "burgers", "--toml").stdout)
    assert run("show", "again.toml", "--latex").stdout == run("show", "burgers", "--latex").stdout
    found = json.loads(run("show", "burgers", "--json").stdout)
    assert found["problem"]["traits"]["linear"] is False
    assert found["problem"]["reference"]["floor"] > 0


def test_a_case_of_a_group_with_notes(run: Run) -> None:
    text = run("show", "cavity_100").stdout
    assert all(word in text for word in ("group      anchors", "notes", "pressure"))
    assert "reference  none: " in text
    done = run("show", "cavity_100", "--plot", "x.png")
    assert done.exit_code == 2 and "without a reference" in done.stderr


def test_a_saved_solution_for_paraview(run: Run, tmp_path: Path) -> None:
    run("solve", NAME, "--quiet")
    done = run("show", f"{NAME}-exact.rs", "--vtk", "again.vtu")
    assert done.exit_code == 0 and "vtk: again.vtu" in done.stderr
    assert (tmp_path / "again.vtu").stat().st_size > 1000
    assert run("show", f"{NAME}-exact.rs", "--vtk", "again.stl").exit_code == 2
    assert run("show", NAME, "--vtk", "again.vtu").exit_code == 2


def test_forms_exclude_each_other(run: Run) -> None:
    done = run("show", NAME, "--latex", "--json")
    assert done.exit_code == 2 and "exclude" in done.stderr


def test_a_solution(run: Run) -> None:
    run("solve", NAME, "--quiet")
    done = run("show", f"{NAME}-exact.rs")
    words = ("∂²u/∂t²", "Exact(", "successful", "certificate", "D = 0.25", "seed", "versions")
    assert done.exit_code == 0 and all(word in done.stdout for word in words)
    found = json.loads(run("show", f"{NAME}-exact.rs", "--json").stdout)
    assert found["parameters"] == {"D": 0.25} and found["record"]["unknowns"] == 12


def test_pictures(run: Run, tmp_path: Path) -> None:
    run("solve", NAME, "--quiet")
    assert run("show", f"{NAME}-exact.rs", "--plot", "a.png").exit_code == 0
    done = run("show", "poisson", "--plot", "b.svg", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)
    assert (tmp_path / "a.png").stat().st_size > 1000 and (tmp_path / "b.svg").is_file()


@pytest.mark.parametrize("path", ["x.txt", "x", "nowhere/x.png"])
def test_a_picture_that_cannot_be(run: Run, path: str) -> None:
    done = run("show", "poisson", "--plot", path)
    assert done.exit_code == 2 and done.stderr.startswith("error: ")


def test_a_problem_file_has_nothing_to_draw(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(run("show", NAME, "--toml").stdout)
    done = run("show", "own.toml", "--plot", "x.png")
    assert done.exit_code == 2 and "Solve it first" in done.stderr
