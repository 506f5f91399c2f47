"""A command line with fake methods, run inside this process or in another one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from residuum.cli._app import app

from ._fakes import fake_methods

ROOT = Path(__file__).parents[2]
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("solve", "burgers")`` in an empty folder, with the fake methods."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "residuum.methods", fake_methods())
    runner = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"})

    def invoke(*words: str) -> Any:
        return runner.invoke(app, list(words), catch_exceptions=False)

    return invoke


@pytest.fixture
def run_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with the methods of the library."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"COLUMNS": "80", "NO_COLOR": "1"})
    return lambda *words: runner.invoke(app, list(words), catch_exceptions=False)


@pytest.fixture
def spawn(tmp_path: Path) -> Run:
    """Start a process with the fake methods in an empty folder."""

    def start(*words: str, script: str = "tests/cli/_fakes.py") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / script), *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
