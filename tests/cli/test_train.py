"""``residuum train``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import residuum.operators as operators
from residuum.datasets import save_samples
from residuum.methods import load_surrogate
from tests.operators._families import Two, rods, squares

from .conftest import Run


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data set, and a recipe that counts as published."""
    monkeypatch.setattr(operators, "Two", Two, raising=False)
    monkeypatch.setattr(operators, "__all__", [*operators.__all__, "Two"])
    return save_samples(rods(), tmp_path / "rods.samples")


def test_an_operator_is_trained_kept_and_gone_on_with(
    run_real: Run, known: Path, tmp_path: Path
) -> None:
    words = ("train", "two_convolutions", "rods.samples", "--out", "rods.rss", "--log", "rods.csv")
    options = ("--set", "channels=4", "--train", "epochs=3", "--train", "batch=8")
    done = run_real(*words, *options)
    assert done.exit_code == 0, done.stderr
    for word in ("validation", "nearest_neighbour", "breakeven", "3 epochs", "picture"):
        assert word in done.stdout
    assert len((tmp_path / "rods.csv").read_text().split()) == 4
    found = load_surrogate(tmp_path / "rods.rss")
    assert found.recipe == Two(4) and found.statement is not None
    again = run_real(*words, *options, "--json")
    assert "had ended" in json.loads(again.stdout)["result"], "the checkpoint is beside it"
    other = run_real(*words, *options, "--seed", "8")
    assert other.exit_code == 2 and "another key" in other.stderr


def test_a_rule_is_named_and_given_options(run_real: Run, known: Path, tmp_path: Path) -> None:
    words = ("train", "two_convolutions", "rods.samples", "--out", "rods.rss", "--quiet")
    options = ("--set", "channels=4", "--train", "epochs=2", "--train", "batch=8")
    rule = ("--rule", "block_local", "--train", "rule.group=2", "--memory", "checkpoints")
    done = run_real(*words, *options, *rule)
    assert done.exit_code == 0, done.stderr
    found = load_surrogate(tmp_path / "rods.rss")
    assert found.recipe == Two(4)
    for wrong, what in [
        (("--rule", "block_locl"), "block_local"),
        (("--rule", "dual_propagation"), "backpropagation".title()),
        (("--memory", "least"), "Write --memory NAME"),
        (("--train", "batch=few"), "Write --train batch=VALUE"),
        (("--train", "rule.beta=1"), "--rule"),
    ]:
        refused = run_real(*words, *options, *wrong)
        assert refused.exit_code == 2 and what in refused.stderr


def test_a_floor_is_fitted(run_real: Run, known: Path, tmp_path: Path) -> None:
    done = run_real("train", "ridge", "rods.samples", "--out", "floor.rss", "--quiet")
    assert done.exit_code == 0 and done.stdout == ""
    assert (tmp_path / "floor.rss").exists() and not (tmp_path / "floor.ckpt").exists()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("rigde", "rods.samples"), "ridge"),
        (("ridge", "none.samples"), "Check the path"),
        (("ridge", "rods.samples", "--train", "epoch=3"), "epochs"),
        (("ridge", "rods.samples", "--set", "modes=3"), "modes"),
    ],
)
def test_wrong_words_are_refused(
    run_real: Run, known: Path, words: tuple[str, ...], what: str
) -> None:
    done = run_real("train", *words, "--out", "floor.rss")
    assert done.exit_code == 2 and what in done.stderr


def test_a_statement_can_be_named(run_real: Run, known: Path, tmp_path: Path) -> None:
    save_samples(replace(rods(), family=""), tmp_path / "bare.samples")
    done = run_real("train", "ridge", "bare.samples", "--out", "a.rss", "--problem", "poisson")
    assert done.exit_code == 0
    found = load_surrogate(tmp_path / "a.rss").statement
    assert (found is not None and "laplacian" in found) or "grad" in str(found)


def test_a_member_of_a_family_is_solved_by_a_surrogate_from_its_file(
    run_real: Run, tmp_path: Path
) -> None:
    place = str(tmp_path / "set")
    made = run_real(
        *("data", "make", "burgers", place, "--count", "6", "--shape", "32"),
        *("--times", "1.0", "--tol", "1e-2", "--workers", "1", "--quiet"),
    )
    assert made.exit_code == 0, made.stderr
    done = run_real("train", "ridge", place, "--out", "ridge.rss", "--quiet")
    assert done.exit_code == 0, done.stderr
    solved = run_real("solve", "burgers:40", "--method", "ridge.rss", "--tol", "1e-2")
    assert solved.exit_code == 0, solved.stderr
    assert "Surrogate(ridge)" in solved.stdout and "tolerance reached" in solved.stdout
    again = run_real("show", "burgers_random-surrogate.rs")
    assert again.exit_code == 0 and "waves" in again.stdout
    other = run_real("solve", "darcy_smooth:3", "--method", "ridge.rss")
    assert other.exit_code == 2 and other.stderr.startswith("error")
    missing = run_real("solve", "no_such_family:3")
    assert missing.exit_code == 2


@pytest.mark.slow
def test_a_surrogate_goes_on_with_other_samples_and_keeps_what_is_past(
    run_real: Run, tmp_path: Path
) -> None:
    save_samples(squares(24), tmp_path / "first.samples")
    save_samples(squares(24, key=13), tmp_path / "second.samples")
    few = ("--train", "epochs=2", "--train", "batch=8", "--quiet")
    options = ("--set", "width=4", "--set", "layers=2")
    done = run_real("train", "deeponet", "first.samples", "--out", "first.rss", *options, *few)
    assert done.exit_code == 0, done.stderr
    words = ("train", "first.rss", "second.samples", "--out", "both.rss", *few)
    done = run_real(*words, "--past", "first.samples", "--train", "noise=1e-4")
    assert done.exit_code == 0, done.stderr
    assert load_surrogate(tmp_path / "both.rss").recipe == operators.DeepONet(4, 2)
    refused = run_real(*words, *options)
    assert refused.exit_code == 2 and "--set" in refused.stderr
    refused = run_real("train", "deeponet", *words[2:], "--past", "first.samples")
    assert refused.exit_code == 2 and "FILE.rss" in refused.stderr
