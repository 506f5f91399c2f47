"""``residuum diagnose``: the likely causes of a poor answer in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from residuum.cli import _console
from residuum.cli._verify import SolutionFile, Time, read_solution

if TYPE_CHECKING:
    from residuum.analysis import Diagnosis
    from residuum.problem import Solution

SHORT, SECONDS = 2, 20.0
"""Findings named after a solve that failed, and the wall time that looking for them may take."""


def diagnose(
    file: SolutionFile,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    budget: Time = None,
) -> None:
    """Name the likely causes of a poor answer, from measurements on it."""
    from residuum.analysis import diagnose as ask  # imports JAX

    found = ask(read_solution(file), budget=budget)
    if json:
        _console.say_json(found.to_dict())
    else:
        _console.say_rows(rows(found))


def rows(found: Diagnosis) -> list[tuple[str, str]]:
    """Return a diagnosis as labels and texts."""
    head = "; ".join(found.reasons) if found.poor else "nothing found: the answer looks good"
    table = [("answer", f"poor: {head}" if found.poor else head)]
    table += [(name, f"{value:.1e}") for name, value in found.measured.items()]
    if found.poor and not found.findings:
        table.append(("cause", "none was found"))
    for item in found.findings:
        table += [("cause", f"{item.cause} (strength {item.strength:.2f})")]
        table += [("", item.evidence), ("", item.remedy)]
    return [*table, *(("not looked at", item) for item in found.skipped)]


def short(solution: Solution) -> list[tuple[str, str]]:
    """Return the first findings on a solve that failed; nothing where diagnosis fails itself."""
    from residuum.analysis import diagnose as ask  # imports JAX

    try:
        found = ask(solution, budget=SECONDS)
    except Exception as error:  # the answer is there: nothing said about it may lose it
        _console.warn(f"warning: no diagnosis: {type(error).__name__}: {error}")
        return []
    named = found.findings[:SHORT]
    return [("likely cause", f"{x.cause}: {x.evidence}. {x.remedy}") for x in named]
