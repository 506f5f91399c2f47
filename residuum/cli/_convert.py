"""``residuum convert``: a saved solution in another representation, with the error that adds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from residuum.cli import _console, _files, _report
from residuum.cli._exit_codes import code_of
from residuum.cli._options import read_tolerance
from residuum.cli._values import look_up
from residuum.cli._verify import SolutionFile, read_solution

if TYPE_CHECKING:
    from residuum.certify import Representation


def representations() -> dict[str, type[Representation]]:
    """Return the representations by name."""
    from residuum.certify import AsChebyshev, AsElements, AsGrid  # imports JAX

    return {kind.name: kind for kind in (AsChebyshev, AsElements, AsGrid)}


def convert(
    file: SolutionFile,
    *,
    to: Annotated[str, typer.Option(help="Representation: chebyshev, elements or grid.")],
    tol: Annotated[
        float,
        typer.Option(
            metavar="ERROR", parser=read_tolerance, help="Relative L2 error that may be added."
        ),
    ] = 1e-6,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the files; made if it is missing.")
    ] = Path("."),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Convert a saved solution, and say how much error that adds.

    The new certificate counts the change; the old one is kept in the record.
    """
    from residuum.certify import convert as run  # imports JAX

    place = _files.folder(out)
    kind = look_up("representation", to, representations())
    solution = run(read_solution(file), kind(), tol=tol)
    kept = _files.keep_solution(solution, place, f"{Path(file).stem}-{kind.name}")
    if json:
        _console.say_json(_report.solution_data(solution) | {"files": _report.kept_data(kept)})
    else:
        _console.say_rows([_report.result_row(solution), *_report.solution_rows(solution)])
        for name, path in kept.paths.items():
            _console.say(f"{name}: {path}")
    raise typer.Exit(code_of(solution.result))
