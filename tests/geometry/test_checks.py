"""Arguments that shapes refuse."""

from __future__ import annotations

import numpy as np
import pytest

from residuum._core._errors import DomainError, OptionError
from residuum.geometry._checks import (
    checked_axes,
    checked_count,
    checked_name,
    checked_points,
    checked_range,
    checked_tolerance,
)


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ((1, 0), "increasing"),
        ((2, 2), "increasing"),
        ((0, np.inf), "finite"),
        ((0, np.nan), "finite"),
        (3, "two numbers"),
        ((1, 2, 3), "two numbers"),
        (("a", 2), "two numbers"),
    ],
)
def test_ranges(pair: object, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        checked_range("x", pair)


@pytest.mark.parametrize("axes", [("x",), ("x", "x"), ("x", "2y"), ("x", "y", "z")])
def test_axes(axes: tuple[str, ...]) -> None:
    with pytest.raises(DomainError):
        checked_axes(axes, 2)


@pytest.mark.parametrize("name", ["", "boundary", "lateral"])
def test_names(name: str) -> None:
    with pytest.raises(DomainError):
        checked_name(name)


def test_numbers() -> None:
    assert checked_count(np.int64(3)) == 3  # type: ignore[arg-type]
    assert checked_range("x", (0, np.float32(1))) == (0.0, 1.0)
    assert checked_points([[1, 2]], ("x", "y")).dtype == np.float64
    for wrong in (0, True, 1.0):
        with pytest.raises(OptionError):
            checked_count(wrong)  # type: ignore[arg-type]
    with pytest.raises(OptionError):
        checked_points([[1, 2]], ("x",))
    with pytest.raises(OptionError):
        checked_tolerance(float("nan"))
