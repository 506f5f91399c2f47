"""``residuum show``: a problem, or what a saved solution holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from residuum.cli import _console, _report
from residuum.cli._problems import Posed, pose
from residuum.cli._verify import read_solution

if TYPE_CHECKING:
    from residuum.problem import Solution


@dataclass(frozen=True)
class View:
    """In which form something is shown."""

    latex: Annotated[bool, typer.Option("--latex", help="The problem as LaTeX.")] = False
    toml: Annotated[bool, typer.Option("--toml", help="The problem as a problem file.")] = False
    json: Annotated[bool, typer.Option("--json", help="Everything as one JSON document.")] = False
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Draw the solution, or a catalogue problem's reference."),
    ] = None
    vtk: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write a saved solution for ParaView (.vtu or .pvd)."),
    ] = None


def show(
    what: Annotated[
        str,
        typer.Argument(metavar="PROBLEM|FILE.rs", help="Name, .toml file, or saved solution."),
    ],
    *,
    view: View,
) -> None:
    """Show a problem in readable mathematics, or what a saved solution holds."""
    if view.latex + view.toml + view.json > 1:
        raise typer.BadParameter("--latex, --toml and --json exclude each other.")
    solution = read_solution(what) if Path(what).suffix == ".rs" else None
    posed = pose(what) if solution is None else Posed(solution.problem)
    if view.plot is not None:
        _draw(view.plot, posed, solution)
    if view.vtk is not None:
        _export(view.vtk, solution)
    if view.latex or view.toml:
        _console.say(_rendered(posed, latex=view.latex))
    elif view.json:
        held = {} if solution is None else _report.solution_data(solution)
        _console.say_json({"problem": _report.problem_data(posed), **held})
    else:
        _say(posed, solution)


def _rendered(posed: Posed, *, latex: bool) -> str:
    from residuum.problem import _render  # imports SymPy

    found = _render.latex(posed.problem) if latex else _render.write_problem(posed.problem)
    return str(found).rstrip()


def _draw(path: Path, posed: Posed, solution: Solution | None) -> None:
    from residuum._core import OptionError  # imports JAX
    from residuum.cli._picture import Panel, draw  # imports matplotlib

    if path.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise OptionError("a picture ending in .png, .pdf or .svg", str(path), "Correct it.")
    if solution is not None:
        solution.plot(path)
    elif posed.case is not None and posed.case.reference is not None:
        draw(posed.problem, [Panel("reference", posed.case.reference)], None, path)
    else:
        raise OptionError(
            "something with values to draw", "a problem without a reference", "Solve it first."
        )
    _console.warn(f"picture: {path}")


def _export(path: Path, solution: Solution | None) -> None:
    from residuum._core import OptionError  # imports JAX

    if solution is None:
        raise OptionError("a saved solution for --vtk", "a problem", "Solve it first.")
    _console.warn(f"vtk: {solution.to_vtk(path)}")


def _say(posed: Posed, solution: Solution | None) -> None:
    _console.say(_report.statement(posed.problem))
    _console.say()
    rows = [_report.traits_row(posed.problem)]
    if posed.case is not None:
        rows.insert(0, ("title", posed.case.title))
        if posed.case.group:
            rows.insert(1, ("group", posed.case.group))
        known = "" if posed.case.reference is not None else "none: "
        rows.append(("reference", f"{known}{posed.case.trust}"))
        if posed.case.notes:
            rows.append(("notes", posed.case.notes))
        if posed.case.source is not None:
            rows.append(("source", str(posed.case.source)))
    if solution is not None:
        record = solution.record
        rows += [("method", record.method), _report.result_row(solution)]
        rows += _report.solution_rows(solution)
        rows.append(("seed", record.seed))
        rows.append(("versions", ", ".join(f"{k} {v}" for k, v in record.versions.items())))
    _console.say_rows(rows)
