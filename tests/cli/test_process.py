"""What is set for our own process."""

from __future__ import annotations

import logging
import os

import pytest

from residuum.cli import _process


def test_the_process_has_an_age() -> None:
    first = _process.seconds()
    assert 0 < first <= _process.seconds()


def test_flags_of_the_user_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    _process.prepare()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert logging.getLogger("matplotlib").level == logging.ERROR
