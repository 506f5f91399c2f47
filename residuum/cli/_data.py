"""``residuum data``: sets of solved members of a family, made and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from residuum.cli import _console, _files
from residuum.cli._exit_codes import ExitCode
from residuum.cli._methods import choose
from residuum.cli._options import Choice, Limits, flattened

if TYPE_CHECKING:
    from residuum.datasets import Summary
    from residuum.problem import Family

TOLERANCE, SECONDS = 1e-3, 300.0
"""Of a label, where nothing else is asked."""

data = typer.Typer(
    name="data",
    help="Make and look at data sets: members of a family, solved.",
    no_args_is_help=True,
)

FamilyName = Annotated[
    str, typer.Argument(metavar="FAMILY", help="Name in the catalogue, or path of a .toml file.")
]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the data set.")]


def read_numbers(text: str) -> list[float]:
    """Return numbers from ``64`` or ``65,33``."""
    try:
        return [float(item) for item in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of numbers such as 65,65.") from None


@dataclass(frozen=True)
class Kept:
    """Where answers are kept, and which are asked for again."""

    shape: Annotated[
        Any, typer.Option(metavar="N[,N]", parser=read_numbers, help="Nodes along each axis.")
    ] = None
    times: Annotated[
        Any,
        typer.Option(metavar="N", parser=read_numbers, help="Even moments, or several: 0.5,1."),
    ] = None
    retry: Annotated[bool, typer.Option("--retry", help="Solve failed samples again.")] = False


def make(
    family: FamilyName,
    folder: Folder,
    *,
    choice: Choice,
    limits: Limits,
    kept: Kept,
    count: Annotated[int, typer.Option(min=1, help="How many samples.")],
    workers: Annotated[
        str | None, typer.Option(metavar="N|ADDRESS", help="Processes, or a Dask scheduler.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no table.")] = False,
) -> None:
    """Draw members of a family, solve them, and keep inputs and answers.

    Ctrl-C ends it at any time, and so may anything else: the same command goes on. Each label is
    held to --tol (1e-3 if left out) within --budget (5m).
    """
    from residuum.datasets._make import Labels, Request, made  # imports JAX

    posed, usual = named(family)
    asked = choice.method is not None or bool(choice.set)
    method = choose(posed.draw(limits.seed, 0), choice)[0] if asked else None
    wanted = Request(
        count,
        limits.seed,
        usual[0] if kept.shape is None else _whole(kept.shape),
        usual[1] if kept.times is None else _whole(kept.times),
        Labels(method, limits.tol or TOLERANCE, limits.budget or SECONDS, retry=kept.retry),
    )
    try:
        found = made(
            posed,
            folder,
            wanted,
            workers=int(workers) if workers is not None and workers.isdigit() else workers,
            progress=False if quiet else None,
        )
    except KeyboardInterrupt:
        _console.warn(f"interrupted: {_kept(folder)} are kept; the same command goes on")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if not quiet:
        _console.say_rows(found.rows())
        _console.say(f"data: {folder}")
    raise typer.Exit(ExitCode.OK if found.solved else ExitCode.NOT_OK)


def _kept(folder: Path) -> str:
    from residuum.datasets._store import JOURNAL, read_journal  # imports JAX

    return f"{len(read_journal(folder / JOURNAL))} samples"


def _whole(numbers: list[float]) -> Any:
    """Return one whole number as such, others as they are, whole where they all are."""
    plain = [int(item) if item == int(item) else item for item in numbers]
    return plain[0] if len(plain) == 1 and isinstance(plain[0], int) else plain


def named(name: str) -> tuple[Family, tuple[Any, Any]]:
    """Return a family by name or from a file, and its usual nodes and moments."""
    if name.endswith(".toml"):
        from residuum.problem._family_file import read_family  # imports JAX

        return read_family(name), (None, None)
    from residuum.catalogue import named_family  # imports JAX

    entry = named_family(name)
    return entry.build(), (entry.shape, entry.times)


def inspect(
    folder: Folder,
    *,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Picture; FOLDER.png if left out.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Read every chunk.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what a data set holds, and draw a few of its samples.

    The exit code is 3 where samples are missing or, with --check, damaged.
    """
    from residuum.datasets._store import Store  # imports JAX
    from residuum.datasets._summary import summary

    store = Store(folder)
    found = summary(store)
    broken = [k for k in sorted(store.entries) if check and not store.whole(k)]
    kept = _files.Kept()
    if found.solved > len(broken):
        from residuum.cli._data_picture import draw_samples  # matplotlib takes a while to import

        place = picture or folder.with_name(f"{folder.name}.png")
        kept.write("picture", place, lambda path: draw_samples(folder, broken, path))
    if json:
        _console.say_json(_data(found, broken) | {"files": kept.paths, "not_written": kept.missing})
    else:
        rows = found.rows()
        if check:
            rows.append(("damaged", ", ".join(map(str, broken)) or "none"))
        _console.say_rows(rows)
        for kind, path in kept.paths.items():
            _console.say(f"{kind}: {path}")
    raise typer.Exit(ExitCode.NOT_OK if broken or found.missing else ExitCode.OK)


def _data(found: Summary, broken: list[int]) -> dict[str, Any]:
    return {
        "samples": found.count,
        "solved": found.solved,
        "missing": found.missing,
        "failed": found.failed,
        "damaged": broken,
        "label_error": {"median": found.error[0], "largest": found.error[1]},
        "seconds": found.seconds,
        "about": found.about,
    }


data.command("make")(flattened(make))
data.command("inspect")(inspect)
