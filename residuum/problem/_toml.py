"""TOML: entries checked by place and type as they are read, laid out in lines as written."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, final

import numpy as np
import tomli_w

from residuum._core._errors import FileError, ResiduumError
from residuum.problem._parse import parse_value

MAX_BYTES = 20_000_000


def document_of(content: bytes) -> dict[str, Any]:
    """Return the tables of TOML.

    Raises:
        FileError: more than 20 MB, another encoding than UTF-8, or no TOML.
    """
    if len(content) > MAX_BYTES:
        raise FileError(f"at most {MAX_BYTES} bytes", "more", "Put large data elsewhere.")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (RecursionError, ValueError) as error:
        remedy = "Correct it, and save it as UTF-8: text in quotes, sections in brackets."
        raise FileError("TOML", str(error)[:200], remedy) from error


@contextmanager
def at_place(place: str) -> Iterator[None]:
    """Add the place in the file to an error."""
    try:
        yield
    except ResiduumError as error:
        place = "" if f" at {place}" in error.wanted else f" at {place}"
        raise type(error)(error.wanted + place, error.got, error.remedy) from error


def one_of(what: str, word: str, known: Collection[str], place: str) -> str:
    """Return a word that is known; the error names the nearest one."""
    if word not in known:
        near = difflib.get_close_matches(word[:64], known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Use {', '.join(known)}."
        raise FileError(f"a known {what} at {place}", repr(word[:64]), remedy)
    return word


@final
class Table:
    """A table of the file; every entry is fetched by key and type."""

    def __init__(self, content: Any, place: str, allowed: Collection[str] | None) -> None:
        if not isinstance(content, dict):
            wanted = f"a table at {place or 'the top'}"
            raise FileError(wanted, type(content).__name__, f"Write {place} = {{ … }}.")
        self.content, self.place = content, place
        for key in content:
            if allowed is not None:
                one_of("key", key, allowed, place or "the top")

    def at(self, key: str) -> str:
        """Return the place of an entry, for errors."""
        return f"{self.place}.{key}" if self.place else key

    def get(self, key: str, kind: Any, otherwise: Any = ...) -> Any:
        """Return an entry of a type; without ``otherwise`` it must be there."""
        if key not in self.content:
            if otherwise is ...:
                raise FileError(f"an entry {self.at(key)}", "none", f"Add {key} = ….")
            return otherwise
        value = self.content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            names = dict.fromkeys(_WORDS[k] for k in (kind if isinstance(kind, tuple) else (kind,)))
            wanted, got = " or ".join(names), _WORDS.get(type(value), type(value).__name__)
            raise FileError(f"{wanted} at {self.at(key)}", got, "Correct the entry.")
        return value

    def table(self, key: str, allowed: Collection[str] | None = None, **kind: Any) -> Table:
        """Return an entry that is a table."""
        return Table(self.get(key, dict, **kind), self.at(key), allowed)

    def tables(self, key: str, allowed: Collection[str] | None = None) -> list[Table]:
        """Return an entry that is a list of tables; none if it is missing."""
        items = self.get(key, list, [])
        return [Table(item, f"{self.at(key)}[{i}]", allowed) for i, item in enumerate(items)]

    def texts(self, key: str) -> list[str]:
        """Return an entry that is a list of texts."""
        items: list[str] = self.get(key, list)
        if not all(isinstance(item, str) for item in items):
            raise FileError(f"texts at {self.at(key)}", "something else", "Put each in quotes.")
        return items

    def array(self, key: str) -> np.ndarray:
        """Return an entry of finite numbers, nested as they are."""
        return array_of(self.get(key, (list, int, float)), self.at(key))

    def numbers(self, key: str, n: int | None = None) -> list[float]:
        """Return an entry that is a list of n numbers; a text is a constant expression."""
        items = self.get(key, list)
        if n is not None and len(items) != n:
            raise FileError(f"{n} numbers at {self.at(key)}", str(len(items)), "Correct the list.")
        return [number_of(item, f"{self.at(key)}[{i}]") for i, item in enumerate(items)]

    def pairs(self) -> dict[str, Any]:
        """Return all entries, each two numbers."""
        return {name: self.numbers(name, 2) for name in self.content}

    def number(self, key: str, otherwise: Any = ...) -> Any:
        """Return an entry that is a number, or a constant expression in quotes."""
        value = self.get(key, (int, float, str), otherwise)
        return value if value is otherwise else number_of(value, self.at(key))


_WORDS: dict[type, str] = {str: "text", int: "a number", float: "a number"}
_WORDS |= {bool: "true or false", list: "a list", dict: "a table"}


def array_of(items: Any, place: str) -> np.ndarray:
    """Return nested lists of finite numbers as an array."""
    try:
        found = np.array(items)
    except (ValueError, OverflowError, TypeError):
        found = np.array("ragged")
    if found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise FileError(f"finite numbers at {place}", "something else", "Write [0.1, 0.2], say.")
    return found.astype(float)


def number_of(value: Any, place: str) -> float:
    """Return a number, or the value of a constant expression."""
    with at_place(place):
        return float(parse_value(value, {}))


def toml_text(document: dict[str, Any]) -> str:
    """Lay out TOML with one entry per line: tomli_w spreads every list over many lines."""
    lines, sections = [], []
    for key, value in document.items():
        if isinstance(value, dict):
            sections += [f"\n[{key}]", *_entries(value)] if value else []
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            sections += [line for item in value for line in (f"\n[[{key}]]", *_entries(item))]
        elif value != []:
            lines.append(f"{key} = {_literal(value)}")
    return "\n".join([*lines, *sections]) + "\n"


def _entries(table: dict[str, Any]) -> list[str]:
    return [f"{key} = {_literal(value)}" for key, value in table.items()]


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(_entries(value))} }}"
    return tomli_w.dumps({"_": value}).removeprefix("_ = ").strip()
