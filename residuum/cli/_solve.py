"""``residuum solve``: one problem, one method, one answer with its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from residuum.cli import _console, _files, _process, _report
from residuum.cli._diagnose import short
from residuum.cli._exit_codes import ExitCode, code_of
from residuum.cli._methods import choose
from residuum.cli._options import Begin, Choice, Export, Limits, Output, ProblemName
from residuum.cli._problems import Difference, Posed, comparison_points, difference, pose
from residuum.cli._verify import read_solution

if TYPE_CHECKING:
    import numpy as np

    from residuum._core import Checkpoint, Method
    from residuum.problem import Solution


def solve(
    problem: ProblemName,
    *,
    choice: Choice,
    limits: Limits,
    begin: Begin,
    output: Output,
    export: Export,
) -> None:
    """Solve a problem, say how wrong the answer may be, and keep a picture and the solution.

    Ctrl-C ends the solve with the best answer so far; --start goes on from it. With --resume even a
    killed training goes on, from at most half a minute earlier and to exactly the same weights.
    """
    place = _files.folder(output.out)
    posed = pose(problem)
    earlier = _beginning(begin)
    points = comparison_points(posed, output.points)
    method, reason = choose(posed.problem, choice)
    talks = not (output.json or output.quiet)
    if talks:
        _head(posed, method, reason)
    solution = _run(posed, method, limits, earlier, quiet=output.quiet)
    if choice.method is None:
        solution.record.notes.insert(0, f"{_report.CHOSEN}{reason}")
    name = _files.stem(posed.problem.name, method.name)
    kept = _files.keep_solution(solution, place, name, vtk=export.vtk)
    error, why = _error(posed, solution, points)
    if talks:
        _tail(posed, solution, (error, why), kept)
    if output.json:
        _console.say_json(
            _data(posed, method, reason, solution, error) | {"files": _report.kept_data(kept)}
        )
    code = code_of(solution.result)
    if code is ExitCode.INTERRUPTED:
        _console.warn("interrupted: the best answer so far was kept")
    raise typer.Exit(code)


def _beginning(begin: Begin) -> Solution | Checkpoint | None:
    """Return what the solve starts from: a saved solution, a checkpoint, or nothing."""
    from residuum._core import Checkpoint, OptionError  # imports JAX

    if begin.start is not None and begin.resume is not None:
        wanted = "one of --start and --resume"
        raise OptionError(wanted, "both", "A checkpoint holds its own start.")
    if begin.resume is not None:
        return Checkpoint(begin.resume)
    return None if begin.start is None else read_solution(str(begin.start))


def _run(
    posed: Posed,
    method: Method,
    limits: Limits,
    earlier: Solution | Checkpoint | None,
    *,
    quiet: bool,
) -> Solution:
    from residuum._solve import solve as run  # imports JAX

    return run(
        posed.problem,
        method,
        tol=limits.tol,
        budget=limits.budget,
        key=limits.seed,
        progress=False if quiet else None,
        start=earlier or posed.start(method),
    )


def _error(posed: Posed, solution: Solution, points: np.ndarray) -> tuple[Difference | None, str]:
    """Return the error against the reference, or why there is none."""
    from residuum._core import ResiduumError  # imports JAX

    if posed.case is None:
        return None, "problem files have none"
    if posed.case.reference is None:
        return None, "judged by the agreement of two levels"
    try:
        return difference(solution, posed.case.reference, points), ""
    except (ResiduumError, OSError) as error:
        # The solve may have taken an hour: a reference that cannot be read does not lose it.
        return None, str(error)


def _head(posed: Posed, method: Method, reason: str) -> None:
    _console.say(_report.statement(posed.problem))
    _console.say()
    rows = [
        _report.traits_row(posed.problem),
        _report.method_row(method.name, str(method), reason),
    ]
    _console.say_rows(rows)


def _tail(
    posed: Posed, solution: Solution, error: tuple[Difference | None, str], kept: _files.Kept
) -> None:
    _console.say_rows(
        [
            _report.result_row(solution),
            *_report.error_rows(posed.case, *error),
            *_report.solution_rows(solution, process=True),
        ]
    )
    for kind, path in kept.paths.items():
        _console.say(f"{kind}: {path}")
    if code_of(solution.result) is ExitCode.NOT_OK:
        _console.say_rows(short(solution))


def _data(
    posed: Posed, method: Method, reason: str, solution: Solution, error: Difference | None
) -> dict[str, Any]:
    return {
        "problem": _report.problem_data(posed),
        "method": {"name": method.name, "options": str(method), "reason": reason},
        "error": _report.error_data(error),
        **_report.solution_data(solution),
        "process_seconds": _process.seconds(),
    }
