"""The table of a comparison, narrow enough for eighty columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from residuum.cli._console import clean, console, say

if TYPE_CHECKING:
    from residuum.cli._rows import Row, Verdict
    from residuum.problem import Solution

COLUMNS = ("error", "cert.", "compile", "train", "solve", "total", "size", "ratio")
MARKS = {"bound": "<", "estimate": "~"}
NOTHING, BEST = "-", "*"
FAMILIES = {"classical": "classical", "floor": "not trained", "learned": "learned"}


def say_table(rows: Sequence[Row], verdict: Verdict, *, floor: float = 0.0) -> None:
    """Print one line per method, and below them what the columns mean and why rows are empty.

    Rows stand below the name of their family: what has to be beaten first, what learns last.
    """
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("method", no_wrap=True)
    table.add_column("result", max_width=11)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for family in sorted({row.family for row in rows}, key=_rank):
        table.add_row(Text(FAMILIES.get(family, family), style="bold"))
        for row in rows:
            if row.family == family:
                name = f" {row.name}{BEST if row is verdict.best else ''}"
                table.add_row(clean(name), clean(row.status), *_cells(row))
    console().print(table)
    for line in _legend(rows, verdict, floor):
        say(line)


def _rank(family: str) -> int:
    return [*FAMILIES, family].index(family)


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


def _legend(rows: Sequence[Row], verdict: Verdict, floor: float) -> list[str]:
    lines = [""]
    if verdict.against:
        lines.append(f"error: relative L2 difference from {verdict.against}")
    else:
        lines.append("error: there is no reference, and no classical row to compare with")
    if any(row.error is not None and row.error.total <= floor for row in rows):
        lines.append(f"   at or below {floor:.0e}, the reference's own error, all are equal")
    lines += [
        "cert.: relative error as certified, < bound, ~ estimate",
        "compile, train, solve, total: wall seconds; solve holds meshes and levels too",
        "size: unknowns solved for",
    ]
    if verdict.best is None:
        lines.append("ratio: no classical row gave an answer to take the ratio to")
    else:
        lines.append(f"ratio: total time over that of {verdict.best.name}, the best classical row:")
        lines.append(f"   {verdict.why}")
    lines += [f"{row.name}: {row.status}: {row.reason}" for row in rows if row.reason]
    return lines
