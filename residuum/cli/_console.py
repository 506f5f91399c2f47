"""Words on the terminal: plain text that stays readable without colour and in a pipe."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from rich.console import Console
from rich.text import Text

Rows = Sequence[tuple[str, str]]
GAP, NARROWEST = 2, 30


def console(*, stderr: bool = False) -> Console:
    """Return a console on the stream of this moment, which tests and pipes may have replaced."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def clean(text: object) -> str:
    """Return text without control characters: names in a file may carry terminal commands."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in str(text)
    )


def say(text: object = "") -> None:
    """Print a line as it is, however long: paths and formulas are not broken."""
    console().print(clean(text), soft_wrap=True)


def warn(text: object) -> None:
    """Print a line on standard error."""
    console(stderr=True).print(clean(text), soft_wrap=True)


def say_rows(rows: Rows) -> None:
    """Print labels and texts in two columns, the texts wrapped to the width."""
    out = console()
    indent = max((len(label) for label, _ in rows), default=0) + GAP
    for label, text in rows:
        lines = textwrap.wrap(
            clean(text),
            max(out.width - indent, NARROWEST),
            break_long_words=False,
            break_on_hyphens=False,
        )
        # A rich table would fill every line with spaces, which pipes and diffs then carry.
        body = ("\n" + " " * indent).join(lines or ["-"])
        out.print(Text.assemble((clean(label).ljust(indent), "bold"), body), soft_wrap=True)


def say_list(rows: Iterable[Sequence[str]]) -> None:
    """Print one aligned line per row; only a terminal wraps, so that ``grep`` sees whole lines."""
    lines = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if console().is_terminal and len(widths) == 2:
        say_rows([(first, second) for first, second in lines])
        return
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def say_json(value: Any) -> None:
    """Print a JSON document on standard output, which then holds nothing else."""
    console().print(to_json(value), soft_wrap=True)


def to_json(value: Any) -> str:
    """Return JSON text; what JSON cannot hold (NaN, infinity) becomes ``null``."""
    return json.dumps(plain(value), indent=2, allow_nan=False)


def plain(value: Any) -> Any:
    """Return the value in lists, dictionaries, numbers and text."""
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)
