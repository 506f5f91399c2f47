"""Entries of TOML: by place and type, and laid out one to a line."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pytest

from residuum._core._errors import FileError, ResiduumError
from residuum.problem._toml import (
    MAX_BYTES,
    Table,
    array_of,
    at_place,
    document_of,
    number_of,
    one_of,
    toml_text,
)

CONTENT: dict[str, Any] = {"n": 2, "x": "pi/2", "s": "text", "b": True, "l": [1, "2/4"], "t": {}}


def test_entries_are_fetched_by_type() -> None:
    table = Table(CONTENT, "here", None)
    assert table.get("n", int) == 2 and table.get("none", str, "usual") == "usual"
    assert table.number("x") == pytest.approx(np.pi / 2, rel=1e-15)
    assert table.numbers("l", 2) == [1.0, 0.5]
    assert table.table("t").place == "here.t" and table.tables("none") == []
    assert table.number("none", None) is None


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda t: t.get("s", int), "a number at here.s; got text"),
        (lambda t: t.get("b", int), "a number at here.b; got true or false"),
        (lambda t: t.get("missing", str), "an entry here.missing"),
        (lambda t: t.texts("l"), "texts at here.l"),
        (lambda t: t.numbers("l", 3), "3 numbers at here.l; got 2"),
        (lambda t: t.table("l"), "a table at here.l"),
        (lambda t: t.array("l"), "finite numbers at here.l"),
        (lambda t: t.number("s"), "at here.s"),
        (lambda t: Table(t.content, "here", ("n", "x")), "a known key at here"),
        (lambda t: Table([], "here", None), "a table at here"),
    ],
)
def test_wrong_entries_are_named(ask: Any, message: str) -> None:
    with pytest.raises(ResiduumError, match=message):
        ask(Table(CONTENT, "here", None))


def test_words_numbers_and_places() -> None:
    assert one_of("shape", "disc", ("disc", "box"), "here") == "disc"
    with pytest.raises(FileError, match="Did you mean disc"):
        one_of("shape", "dics", ("disc", "box"), "here")
    assert number_of("1/4", "here") == 0.25
    assert array_of([[1, 2]], "here").dtype == float
    for wrong in ([[1], 2], [float("nan")], ["a"], [True]):
        with pytest.raises(FileError):
            array_of(wrong, "here")
    with pytest.raises(FileError, match="first at a at b"), at_place("b"), at_place("a"):
        raise FileError("first", "second", "Third.")
    with pytest.raises(FileError, match="first at a;"), at_place("a"), at_place("a"):
        raise FileError("first", "second", "Third.")


@pytest.mark.parametrize(
    "content", [b"a = ", b"\xff", b"a = " + b"[" * 9000, b" " * (MAX_BYTES + 1)]
)
def test_what_is_no_toml(content: bytes) -> None:
    with pytest.raises(FileError):
        document_of(content)


def test_one_entry_per_line() -> None:
    document: dict[str, Any] = {
        "name": 'a "name"\n',
        "empty": {},
        "none": [],
        "domain": {"shape": "box", "x": [0, 0.1 + 0.2]},
        "conditions": [{"kind": "initial", "at": {"t": 0}}, {"kind": "flux"}],
    }
    text = toml_text(document)
    assert '[domain]\nshape = "box"\nx = [0, 0.30000000000000004]\n' in text
    kept = {key: value for key, value in document.items() if value}
    assert tomllib.loads(text) == kept == document_of(text.encode())
