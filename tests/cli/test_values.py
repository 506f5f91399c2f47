"""Options given as text."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from residuum._core import OptionError
from residuum.cli._values import look_up, read_value


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "(" * 150, "[" * 199, "9" * 5000, "x" * 10**6, "\x00"],
)
def test_hostile_values_are_only_text(text: str) -> None:
    with pytest.raises(OptionError):
        read_value(text, int, "steps")


@pytest.mark.parametrize(
    ("text", "hint", "value"),
    [
        ("true", str, "true"),
        ("3", int | str, 3),
        ("3", str, "3"),
        ("(1, 2)", tuple[int, int], (1, 2)),
        ("4", int | tuple[int, ...], 4),
        ("4", tuple[int, ...], (4,)),
        ("2", Literal[1, 2], 2),
    ],
)
def test_values_take_the_declared_type(text: str, hint: Any, value: Any) -> None:
    found = read_value(text, hint, "option")
    assert found == value and type(found) is type(value)


def test_a_name_without_a_near_one() -> None:
    with pytest.raises(OptionError, match="Choose one of them"):
        look_up("method", "zzzz", {"exact": 1})
