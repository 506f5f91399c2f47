"""``residuum verify``: how wrong a saved solution may be, from its file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from residuum.cli import _console, _report
from residuum.cli._exit_codes import ExitCode
from residuum.cli._options import read_budget

if TYPE_CHECKING:
    from residuum.problem import Solution

SolutionFile = Annotated[
    str, typer.Argument(metavar="FILE.rs", help="A solution that was saved before.")
]
Time = Annotated[
    float | None,
    typer.Option(metavar="TIME", parser=read_budget, help="Most wall time: 60s, 2m, 120."),
]


def read_solution(name: str) -> Solution:
    """Return the solution in a file."""
    from residuum.problem._archive import load  # imports JAX

    return load(name)


def verify(
    file: SolutionFile,
    *,
    norm: Annotated[
        str, typer.Option(help="Norm of the error: L2, energy, max or quantity.")
    ] = "L2",
    budget: Time = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say how wrong a saved solution may be: a bound where one can be proved, else an estimate.

    Nothing but the file is needed. The exit code is 0 if something is known, 3 if not.
    """
    from residuum._verify import verify as run  # imports JAX

    solution = read_solution(file)
    found = run(solution, norm=norm, budget=budget)
    if json:
        before = solution.certificate.to_dict()
        _console.say_json({"certificate": found.to_dict(), "stored": before})
    else:
        _console.say(_report.statement(solution.problem))
        _console.say()
        _console.say_rows(
            [
                ("method", solution.record.method),
                ("certificate", str(found)),
                ("stored", str(solution.certificate)),
                ("seconds", f"{found.seconds:.2f}"),
            ]
        )
    raise typer.Exit(ExitCode.OK if found.kind != "none" else ExitCode.NOT_OK)
