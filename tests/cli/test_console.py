"""Words on the terminal."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from residuum._core import Result
from residuum.cli import _console


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in _console.clean("name\x1b[2J\x07")
    assert _console.clean("δ²·u\n\tx") == "δ²·u\n\tx"


def test_brackets_and_long_lines_are_printed_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = "[bold]x[/] " + "y" * 200
    _console.say(line)
    assert capsys.readouterr().out == line + "\n"


def test_rows_are_aligned_and_wrapped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _console.say_rows([("label", "word " * 30), ("longer label", "[x]"), ("none", "")])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert all(line[:14].strip() in ("label", "longer label", "none", "") for line in lines)
    assert lines[-2] == "longer label  [x]" and lines[-1] == "none          -"


def test_a_list_has_one_line_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    _console.say_list([("a", "word " * 40), ("bcd", "x")])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("a    word") and second == "bcd  x"


def test_what_json_cannot_hold_becomes_null() -> None:
    value = {
        "nan": math.nan,
        "infinity": math.inf,
        "array": np.array([1.0, np.nan]),
        "number": np.float64(0.5),
        "tuple": (1, True, None),
        3: Result.DIVERGED,
    }
    found = json.loads(_console.to_json(value))
    assert found["nan"] is None and found["infinity"] is None
    assert found["array"] == [1.0, None] and found["number"] == 0.5
    assert found["tuple"] == [1, True, None] and "DIVERGED" in found["3"]
