"""The frame: help at once, one sentence per error, an exit code for each."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.text import Text

from residuum.cli import _app

from .conftest import ROOT, Run

# Twice what is promised would already be noticed; the smallest of three is free of noise.
HELP_SECONDS = 1.0


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "residuum.cli", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_help_answers_at_once() -> None:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        done = command("--help")
        seconds.append(time.perf_counter() - start)
        assert done.returncode == 0 and "doctor" in done.stdout
    assert min(seconds) <= HELP_SECONDS


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "import sys, residuum.cli\n"
        "print(sorted({'jax', 'sympy', 'numpy', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_commands_and_exit_codes(run: Run) -> None:
    text = run("--help").stdout
    for word in ("solve", "compare", "show", "list", "doctor", "--version", "130", "70"):
        assert word in text


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    done = run()
    assert done.exit_code == 0 and "solve" in done.stdout


def test_version(run: Run) -> None:
    done = run("--version")
    assert done.exit_code == 0 and done.stdout.startswith("residuum ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("solv", "burgers"), "Did you mean 'solve'?"),
        (("solve",), "Missing argument"),
        (("solve", "burgers", "--nothing"), "--nothing"),
        (("solve", "burger"), "Did you mean 'burgers'?"),
        (("show", "missing.rs"), "missing.rs"),
    ],
)
def test_wrong_use_is_one_sentence_and_code_two(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ") and said in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_an_inner_error_names_debug_and_debug_shows_the_place(run: Run) -> None:
    words = ("solve", "damped_oscillator", "--method", "broken", "--quiet")
    done = run(*words)
    assert done.exit_code == 70
    assert "run again with --debug" in done.stderr and "Traceback" not in done.stderr
    for place in (0, len(words)):
        done = run(*words[:place], "--debug", *words[place:])
        assert done.exit_code == 70
        assert "Traceback" in done.stderr and "_fakes.py" in done.stderr


def test_an_unreadable_file_is_wrong_use(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.rs").mkdir()
    (tmp_path / "noise.rs").write_bytes(b"\x00\x01 noise")
    (tmp_path / "noise.toml").write_bytes(b"\xff\xfe = [")
    for words in (("show", "folder.rs"), ("show", "noise.rs"), ("solve", "noise.toml")):
        done = run(*words)
        assert done.exit_code == 2 and done.stderr.startswith("error: "), done.stderr


def test_an_operating_system_error_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str) -> None:
        raise OSError(28, "No space left on device", "disk")

    monkeypatch.setattr("residuum.cli._show.pose", full)
    done = run("show", "burgers")
    assert done.exit_code == 2
    assert done.stderr == "error: cannot use the file or folder disk: no space left on device.\n"


def test_ctrl_c_outside_a_solve(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("residuum.cli._show.pose", stop)
    done = run("show", "burgers")
    assert done.exit_code == 130 and "interrupted" in done.stderr


def test_warnings_are_shown_without_the_place_in_the_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _app._show_warning(UserWarning("too few conditions"), UserWarning, "file.py", 3)
    assert capsys.readouterr().err == "warning: too few conditions\n"


def test_output_has_no_colour_codes_in_a_pipe(run: Run) -> None:
    text = run("show", "burgers").stdout
    assert "\x1b" not in text and Text.from_ansi(text).plain.split() == text.split()
