"""The table of a comparison, narrow enough for eighty columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from residuum.cli._console import clean, console, say

if TYPE_CHECKING:
    from residuum.cli._rows import Row
    from residuum.problem import Solution

COLUMNS = ("error", "cert.", "compile", "train", "solve", "total", "size", "ratio")
MARKS = {"bound": "<", "estimate": "~"}
NOTHING = "-"


def say_table(rows: Sequence[Row], against: str) -> None:
    """Print one line per method, and below them what the columns mean and why rows are empty."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("method", no_wrap=True)
    table.add_column("result", max_width=11)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(clean(row.name), clean(row.status), *_cells(row))
    console().print(table)
    for line in _legend(rows, against):
        say(line)


def _cells(row: Row) -> list[str]:
    if row.solution is None:
        return [NOTHING] * len(COLUMNS)
    error = NOTHING if row.error is None else f"{row.error.total:.1e}"
    seconds = [short(row.seconds.get(name, 0.0)) for name in COLUMNS[2:6]]
    ratio = NOTHING if row.ratio is None else short(row.ratio)
    unknowns = row.solution.record.unknowns
    return [error, certified(row.solution), *seconds, str(unknowns), ratio]


def short(value: float) -> str:
    """Return a number of seconds, or a ratio, in about four characters."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def certified(solution: Solution) -> str:
    """Return a certificate in one cell."""
    certificate = solution.certificate
    if certificate.kind == "none":
        return "none"
    return f"{MARKS[certificate.kind]}{certificate.relative:.0e}"


def _legend(rows: Sequence[Row], against: str) -> list[str]:
    lines = [""]
    if against:
        lines.append(f"error: relative L2 difference from {against}")
    else:
        lines.append("error: there is no reference, and no classical row to compare with")
    names = ", ".join(row.name for row in rows if row.classical) or "none here"
    lines += [
        "cert.: relative error as certified, < bound, ~ estimate",
        "compile, train, solve, total: wall seconds; size: unknowns solved for",
        f"ratio: total time over that of the fastest classical row (classical: {names})",
    ]
    lines += [f"{row.name}: {row.status}: {row.reason}" for row in rows if row.reason]
    return lines
