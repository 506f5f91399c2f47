"""The options several subcommands share, read and checked before anything heavy is imported."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def read_budget(text: str) -> float:
    """Return seconds from ``60s``, ``2m``, ``1h`` or plain ``120``."""
    found = re.fullmatch(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*([a-z]*)\s*", text.lower())
    try:
        seconds = float(found[1]) * UNITS[found[2]] if found else math.nan
    except (ValueError, KeyError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise typer.BadParameter(f"{text!r} is no time above zero such as 60s, 2m or 120.")
    return seconds


def read_tolerance(text: str) -> float:
    """Return a relative error between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise typer.BadParameter(f"{text!r} is no relative error between 0 and 1, such as 1e-4.")
    return value


def read_setting(text: str) -> str:
    """Return ``key=value`` as it is, or say how it is written."""
    key, sign, _ = text.partition("=")
    if not sign or not key.strip():
        raise typer.BadParameter(f"{text!r} is not written key=value.")
    return text


ProblemName = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM", help="Name in the catalogue, FAMILY:NUMBER, or a .toml file."
    ),
]


@dataclass(frozen=True)
class Choice:
    """Which method, with which field and options."""

    method: Annotated[
        str | None,
        typer.Option(help="Method, or a surrogate's file; chosen from traits if left out."),
    ] = None
    field: Annotated[str | None, typer.Option(help="Field recipe of a method that has one.")] = None
    set: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            parser=read_setting,
            help="Option of the method, or of its field as field.KEY=VALUE. Repeatable.",
        ),
    ] = None


@dataclass(frozen=True)
class Limits:
    """What is asked of the solve, and what it may spend."""

    tol: Annotated[
        float | None,
        typer.Option(metavar="ERROR", parser=read_tolerance, help="Relative L2 error asked for."),
    ] = None
    budget: Annotated[
        float | None,
        typer.Option(metavar="TIME", parser=read_budget, help="Most wall time: 60s, 2m, 120."),
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Whole number all randomness comes from.")] = 7


@dataclass(frozen=True)
class Begin:
    """Where the solve starts."""

    start: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.rs", help="Saved solution to go on from, such as an interrupted one."
        ),
    ] = None
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.ckpt",
            help="Keep the training in this file, and go on from it exactly if it is there.",
        ),
    ] = None


@dataclass(frozen=True)
class Output:
    """Where the answer goes."""

    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the files; made if it is missing.")
    ] = Path(".")
    points: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Comparison points per coordinate of a box, or in all on another shape.",
        ),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but errors; no progress.")
    ] = False


@dataclass(frozen=True)
class Export:
    """What else is written."""

    vtk: Annotated[
        bool, typer.Option("--vtk", help="Write the solution for ParaView too (.vtu or .pvd).")
    ] = False


def flattened(command: Callable[..., None]) -> Callable[..., None]:
    """Show every field of the option groups a command takes as an option of its own."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            parameters.append(parameter.replace(annotation=hints[name]))
            continue
        inner = get_type_hints(groups[name], include_extras=True)
        for item in fields(groups[name]):
            kind = inspect.Parameter.KEYWORD_ONLY
            parameters.append(
                inspect.Parameter(
                    item.name, kind, default=item.default, annotation=inner[item.name]
                )
            )

    @wraps(command)
    def run(**given: Any) -> None:
        made = {
            name: kind(**{item.name: given.pop(item.name) for item in fields(kind)})
            for name, kind in groups.items()
        }
        command(**given, **made)

    # Python asks that keyword-only parameters come last.
    parameters.sort(key=lambda item: item.kind)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {item.name: item.annotation for item in parameters}
    return run
