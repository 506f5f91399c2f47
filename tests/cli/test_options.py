"""Reading the shared options."""

from __future__ import annotations

import pytest
import typer

from residuum.cli._options import read_budget, read_setting, read_tolerance

from .conftest import Run


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60),
        ("2m", 120),
        ("120", 120),
        ("0.5", 0.5),
        ("1h", 3600),
        ("3 MIN", 180),
        ("1e2s", 100),
    ],
)
def test_budgets(text: str, seconds: float) -> None:
    assert read_budget(text) == seconds


@pytest.mark.parametrize(
    "text", ["0", "-3", "0s", "s", "", "fast", "3 days", "nan", "inf", "1.2.3s", "1e999", "9" * 400]
)
def test_nonsense_budgets(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="60s"):
        read_budget(text)


@pytest.mark.parametrize("text", ["0", "1", "-1e-3", "nan", "inf", "", "small", "1e-400"])
def test_nonsense_tolerances(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="between 0 and 1"):
        read_tolerance(text)


def test_tolerance() -> None:
    assert read_tolerance("1e-4") == 1e-4


@pytest.mark.parametrize("text", ["steps", "=3", ""])
def test_nonsense_settings(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="key=value"):
        read_setting(text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--budget", "0s"), "--budget"),
        (("--tol", "2"), "--tol"),
        (("--seed", "-1"), "--seed"),
        (("--seed", "x"), "--seed"),
        (("--points", "1"), "--points"),
        (("--set", "steps"), "--set"),
    ],
)
def test_the_option_at_fault_is_named(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run("solve", "damped_oscillator", *words)
    assert done.exit_code == 2 and said in done.stderr


def test_options_of_groups_are_shown_in_the_help(run: Run) -> None:
    text = run("solve", "--help").stdout
    for word in ("PROBLEM", "--method", "--set", "--tol", "--budget", "--seed", "--out", "--json"):
        assert word in text
