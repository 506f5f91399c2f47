"""``residuum refine``: push a saved solution to a tolerance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from residuum.cli import _console, _files, _report
from residuum.cli._exit_codes import code_of
from residuum.cli._options import Export, Limits, Output

if TYPE_CHECKING:
    from residuum.problem import Solution
from residuum.cli._verify import SolutionFile, read_solution


def refine(
    file: SolutionFile,
    *,
    compare: Annotated[
        bool, typer.Option(help="Check a corrected answer against a solve from zero.")
    ] = True,
    spectral: Annotated[
        bool,
        typer.Option("--spectral", help="Minimise the residual in the dual norm (periodic boxes)."),
    ] = False,
    limits: Limits,
    output: Output,
    export: Export,
) -> None:
    """Push a saved solution to a tolerance: certify, correct, certify again, or solve classically.

    The answer is kept beside the old one, under a name that ends in ``refined``; its notes say what
    the guess saved.
    """
    if limits.tol is None:
        raise typer.BadParameter("name the relative error to reach, such as --tol 1e-4.")
    place = _files.folder(output.out)
    guess = read_solution(file)
    solution = _spectrally(guess, limits) if spectral else _pushed(guess, limits, output, compare)
    name = f"{Path(file).stem}-refined"
    kept = _files.keep_solution(solution, place, name, vtk=export.vtk)
    if not (output.json or output.quiet):
        _console.say(_report.statement(solution.problem))
        _console.say()
        _console.say_rows(
            [
                ("guess", str(guess.certificate)),
                _report.result_row(solution),
                *_report.solution_rows(solution),
            ]
        )
        for kind, path in kept.paths.items():
            _console.say(f"{kind}: {path}")
    if output.json:
        _console.say_json(_report.solution_data(solution) | {"files": _report.kept_data(kept)})
    raise typer.Exit(code_of(solution.result))


def _pushed(guess: Solution, limits: Limits, output: Output, compare: bool) -> Solution:
    from residuum._verify import refine as run  # imports JAX

    assert limits.tol is not None
    return run(
        guess,
        limits.tol,
        budget=limits.budget,
        key=limits.seed,
        compare=compare,
        progress=False if output.quiet else None,
    )


def _spectrally(guess: Solution, limits: Limits) -> Solution:
    from residuum.certify import SpectralRefiner  # imports JAX

    return SpectralRefiner().refine(guess, tol=limits.tol, budget=limits.budget)
