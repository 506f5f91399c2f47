"""``residuum data``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from residuum.cli._data import read_numbers

from .conftest import Run

LINE = """
name = "line"
equations = ["-div(a*grad(u)) = 1"]
coordinates = { x = "space" }
unknowns = { u = ["x"] }
coefficients = { a = { of = ["x"], value = 1 } }
domain = { shape = "box", x = [0, 1] }
[[conditions]]
kind = "dirichlet"
of = "u"
value = 0
[family.a]
kind = "log_normal"
waves = 6
"""
MAKE = ("data", "make", "line.toml", "set", "--shape", "9", "--workers", "1", "--tol", "1e-2")


def test_a_set_is_made_gone_on_with_and_looked_at(run_real: Run, tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(LINE)
    done = run_real(*MAKE, "--count", "2")
    assert done.exit_code == 0 and "2 solved, 0 failed, 0 missing" in done.stdout
    again = run_real(*MAKE, "--count", "3", "--quiet")
    assert again.exit_code == 0 and again.stdout == ""
    seen = run_real("data", "inspect", "set", "--check")
    assert seen.exit_code == 0 and "3 solved" in seen.stdout
    assert "damaged" in seen.stdout and "picture: set.png" in seen.stdout
    assert (tmp_path / "set.png").stat().st_size > 5000
    chunk = tmp_path / "set" / "data.zarr" / "u" / "c" / "1" / "0"
    chunk.write_bytes(chunk.read_bytes()[:4])
    seen = run_real("data", "inspect", "set", "--check", "--json")
    found = json.loads(seen.stdout)
    assert seen.exit_code == 3 and found["damaged"] == [1] and found["solved"] == 3
    assert found["about"]["tol"] == 0.01


def test_ctrl_c_says_what_is_kept(
    run_real: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from residuum.datasets import _make

    (tmp_path / "line.toml").write_text(LINE)
    solve, calls = _make.solve_sample, []

    def stopped(payload: bytes, number: int) -> object:
        calls.append(number)
        if number == 1:
            raise KeyboardInterrupt
        return solve(payload, number)

    monkeypatch.setattr(_make, "solve_sample", stopped)
    done = run_real(*MAKE, "--count", "3")
    assert done.exit_code == 130 and "interrupted: 1 samples are kept" in done.stderr
    assert calls == [0, 1]


def test_wrong_use_is_a_sentence(run_real: Run, tmp_path: Path) -> None:
    (tmp_path / "line.toml").write_text(LINE)
    for words, said in (
        (("data", "make", "nothing", "set", "--count", "1"), "a family among burgers"),
        (("data", "inspect", "nothing"), "the folder of a data set"),
        ((*MAKE, "--count", "1", "--times", "3"), "no times for a steady family"),
        ((*MAKE, "--count", "0"), "--count"),
    ):
        done = run_real(*words)
        assert done.exit_code == 2 and said in done.stderr, done.stderr
    with pytest.raises(typer.BadParameter, match="no list of numbers"):
        read_numbers("64x64")
    assert read_numbers("65,33") == [65, 33]
