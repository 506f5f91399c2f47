"""``residuum compare``: several methods on one problem, losing rows included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from residuum.cli import _console, _files, _report
from residuum.cli._methods import methods, named
from residuum.cli._options import Limits, Output, ProblemName
from residuum.cli._problems import Posed, comparison_points, pose
from residuum.cli._rows import REFERENCE, Row, Verdict, judge, rows_code, run_all
from residuum.cli._table import say_table
from residuum.cli._values import look_up

if TYPE_CHECKING:
    from residuum._core import Method


def read_methods(text: str) -> list[str]:
    """Return names separated by commas, each once."""
    names = list(dict.fromkeys(item.strip() for item in text.split(",") if item.strip()))
    if not names:
        raise typer.BadParameter("name one method or more, with commas between.")
    return names


Methods = Annotated[
    str | None,
    typer.Option(
        "--methods",
        metavar="A,B,…",
        help="Methods to compare; if left out, all, those that refuse with their reason.",
    ),
]


def compare(
    problem: ProblemName, *, methods: Methods = None, limits: Limits, output: Output
) -> None:
    """Solve one problem with several methods: one table, one picture, one JSON file.

    The limits hold for each method. Ctrl-C keeps the rows that are finished.
    """
    names = None if methods is None else read_methods(methods)
    _files.folder(output.out)
    posed = pose(problem)
    points = comparison_points(posed, output.points)
    chosen = _chosen(posed, names)
    talks = not (output.json or output.quiet)
    if talks:
        _console.say(_report.statement(posed.problem))
        _console.say()
    rows = run_all(posed, chosen, limits, quiet=output.quiet)
    verdict = judge(posed, rows, points, limits.tol)
    document = _data(posed, rows, verdict)
    kept = _keep(posed, rows, verdict.against, document, output)
    if talks:
        say_table(rows, verdict, floor=0.0 if posed.case is None else posed.case.floor)
        for kind, path in kept.paths.items():
            _console.say(f"{kind}: {path}")
    if output.json:
        _console.say_json(document | {"files": _report.kept_data(kept)})
    raise typer.Exit(rows_code(rows))


def _chosen(posed: Posed, names: list[str] | None) -> list[Method]:
    if names is not None:
        known = {**methods(), **named()}
        return [look_up("method", name, known)() for name in names]
    from residuum._core import UnsuitableMethod  # imports JAX
    from residuum.methods import fitting

    found = list(fitting(posed.problem))
    if not found:
        raise UnsuitableMethod("a problem some method fits", posed.problem.name, "None does yet.")
    fits = {method.name for method in found}
    return found + [
        kind() for name, kind in methods().items() if _refuses(kind(), name, posed, fits)
    ]


def _refuses(method: Method, name: str, posed: Posed, fits: set[str]) -> bool:
    """Whether a method is in the table only for the reason why it does not fit."""
    return name not in fits and method.refuse(posed.problem) is not None


def _keep(
    posed: Posed, rows: list[Row], against: str, document: dict[str, Any], output: Output
) -> _files.Kept:
    from residuum.cli._picture import Panel, draw  # imports NumPy and matplotlib

    kept, name = _files.Kept(), _files.stem(posed.problem.name, "compare")
    panels = [Panel(row.name, row.solution.at) for row in rows if row.solution is not None]
    exact = None
    if against == REFERENCE and posed.case is not None:
        exact = Panel("reference", posed.case.reference)
    if panels:
        picture = output.out / f"{name}.png"
        kept.write("picture", picture, lambda path: draw(posed.problem, panels, exact, path))
    table = output.out / f"{name}.json"
    kept.write("table", table, lambda path: _files.write_json(path, document))
    return kept


def _data(posed: Posed, rows: list[Row], verdict: Verdict) -> dict[str, Any]:
    best = None if verdict.best is None else {"method": verdict.best.name, "why": verdict.why}
    return {
        "problem": _report.problem_data(posed),
        "compared_with": verdict.against or None,
        "best_classical": best,
        "rows": [
            {
                "method": row.name,
                "family": row.family,
                "status": row.status,
                "reason": row.reason or None,
                "error": _report.error_data(row.error),
                "seconds": row.seconds or None,
                "time_ratio_to_best_classical": row.ratio,
                **(_report.solution_data(row.solution) if row.solution is not None else {}),
            }
            for row in rows
        ],
    }
