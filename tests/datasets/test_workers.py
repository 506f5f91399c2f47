"""The same samples come from this process, from others, and from what has submit."""

from __future__ import annotations

import builtins
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import residuum as rs
from residuum._core import MissingExtra, SolveFailed
from residuum.datasets._workers import results
from tests.datasets._families import small


def double(payload: bytes, number: int) -> tuple[int, int]:
    """Return the number and its double."""
    return number, len(payload) * number


def die(payload: bytes, number: int) -> None:
    """End the process."""
    os._exit(1)


def test_all_numbers_come_back_once() -> None:
    assert list(results(double, b"..", [3, 5], 1)) == [(3, 6), (5, 10)]
    with ThreadPoolExecutor(2) as pool:
        found = dict(results(double, b"..", range(20), pool))
    assert found == {k: 2 * k for k in range(20)}


def test_what_has_submit_makes_the_same_set(tmp_path: Path) -> None:
    small(tmp_path / "one")
    with ThreadPoolExecutor(1) as pool:
        small(tmp_path / "two", workers=pool)
    one, two = rs.read_data(tmp_path / "one"), rs.read_data(tmp_path / "two")
    assert np.array_equal(one.outputs, two.outputs) and np.array_equal(one.inputs, two.inputs)


@pytest.mark.slow
def test_processes_make_the_same_set(tmp_path: Path) -> None:
    small(tmp_path / "one", 5)
    small(tmp_path / "two", 5, workers=2)
    one, two = rs.read_data(tmp_path / "one"), rs.read_data(tmp_path / "two")
    assert np.array_equal(one.inputs, two.inputs)
    # One thread or several add up in another order.
    assert np.abs(one.outputs - two.outputs).max() < 1e-6 * np.abs(one.outputs).max()


@pytest.mark.slow
def test_a_process_that_dies_is_named() -> None:
    with pytest.raises(SolveFailed, match="processes that live"):
        list(results(die, b"", [1, 2, 3], 2))


def test_an_address_asks_for_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("dask"):
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"residuum\[dask\]"):
        list(results(double, b"", [1], "tcp://127.0.0.1:8786"))
