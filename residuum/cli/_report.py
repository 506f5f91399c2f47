"""What is said of a problem and of a solution, in words and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from residuum.cli import _process
from residuum.cli._console import Rows

if TYPE_CHECKING:
    from residuum.catalogue import Case
    from residuum.cli._files import Kept
    from residuum.cli._problems import Difference, Posed
    from residuum.problem import Problem, Solution

PHASES = ("compile", "train", "solve")
CHOSEN = "method chosen: "


def statement(problem: Problem) -> str:
    """Return the problem in readable mathematics."""
    return str(problem).rstrip()


def traits_row(problem: Problem) -> tuple[str, str]:
    """Return the traits in words."""
    return "traits", ", ".join(problem.traits.words())


def method_row(name: str, shown: str, reason: str) -> tuple[str, str]:
    """Return the method, its options and why it was taken."""
    return "method", f"{name}: {reason}; {shown}"


def error_rows(case: Case | None, error: Difference | None, why: str = "") -> Rows:
    """Return the error against the reference, with how far the reference can be trusted."""
    if case is None or error is None:
        rows = [("error", f"no reference{f' ({why})' if why else ''}")]
        return rows if case is None else [*rows, ("reference", case.trust)]
    text = f"{error.total:.1e} relative L2 against the reference, at {error.points} points"
    if error.total <= case.floor:
        text += "; at the reference's own error, so it says no more than that"
    rows = [("error", text)]
    if len(error.by_unknown) > 1:
        rows.append(("", ", ".join(f"{k} {v:.1e}" for k, v in error.by_unknown.items())))
    return [*rows, ("reference", f"{case.trust} (floor {case.floor:.0e})")]


def seconds_text(seconds: Mapping[str, float], *, process: bool = False) -> str:
    """Return the wall time by phase, the total last."""
    names = [*PHASES, *(n for n in seconds if n not in (*PHASES, "total"))]
    parts = [f"{name} {seconds.get(name, 0.0):.2f}" for name in names]
    parts.append(f"total {seconds.get('total', 0.0):.2f}")
    if process:
        parts.append(f"whole process {_process.seconds():.2f}")
    return ", ".join(parts)


def result_row(solution: Solution) -> tuple[str, str]:
    """Return the result code with its meaning."""
    return "result", f"{solution.result.code}: {solution.result.value}"


def solution_rows(solution: Solution, *, process: bool = False) -> Rows:
    """Return certificate, inferred parameters, cost and notes."""
    record = solution.record
    rows = [("certificate", str(solution.certificate))]
    if solution.posterior is not None:
        rows.append(("parameters", str(solution.posterior)))
    elif solution.parameters:
        values = ", ".join(f"{name} = {value:.8g}" for name, value in solution.parameters.items())
        rows.append(("parameters", values))
    rows += [
        ("seconds", seconds_text(record.seconds, process=process)),
        ("unknowns", str(record.unknowns)),
        ("memory", f"{record.peak_memory_mb:.0f} MB at its peak"),
    ]
    notes = [note for note in record.notes if not note.startswith(CHOSEN)]
    labels = ["notes", *[""] * len(notes)]
    return [*rows, *((label, note) for label, note in zip(labels, notes, strict=False))]


def problem_data(posed: Posed) -> dict[str, Any]:
    """Return a problem as plain data."""
    problem, case = posed.problem, posed.case
    reference = None
    if case is not None:
        known = case.reference is not None
        reference = {
            **{"known": known, "trust": case.trust, "floor": case.floor if known else None},
            "points": case.points,
        }
    own = {} if case is None else {"title": case.title, "group": case.group, "notes": case.notes}
    return {
        "name": problem.name,
        **own,
        "text": statement(problem),
        "traits": {**asdict(problem.traits), "words": problem.traits.words()},
        "reference": reference,
    }


def solution_data(solution: Solution) -> dict[str, Any]:
    """Return a solution's result, certificate, parameters and record as plain data."""
    result = solution.result
    return {
        "result": {"code": result.code, "ok": result.ok, "meaning": result.value},
        "certificate": solution.certificate.to_dict(),
        "parameters": solution.parameters,
        "posterior": None if solution.posterior is None else solution.posterior.to_dict(),
        "record": solution.record.to_dict(),
    }


def error_data(error: Difference | None) -> dict[str, Any] | None:
    """Return a difference as plain data."""
    if error is None:
        return None
    return {
        "relative_l2": error.total,
        "by_unknown": error.by_unknown,
        "points": error.points,
    }


def kept_data(kept: Kept) -> dict[str, Any]:
    """Return the paths of the files written, and what is missing."""
    return {**{kind: str(path) for kind, path in kept.paths.items()}, "missing": kept.missing}
