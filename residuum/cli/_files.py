"""Where answers are kept: names, folder, picture, solution, table."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from residuum.cli._console import to_json, warn

if TYPE_CHECKING:
    from residuum.problem import Solution

LONGEST = 80


@dataclass
class Kept:
    """The files written, by kind, and what could not be."""

    paths: dict[str, Path] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def write(self, kind: str, path: Path, writer: Callable[[Path], Any]) -> None:
        """Write one file; an answer is worth showing even if a file of it cannot be written."""
        from residuum._core import ResiduumError  # imports JAX

        try:
            writer(path)
            self.paths[kind] = path
        except (OSError, ResiduumError) as error:
            self.missing[kind] = str(error)
            warn(f"warning: {path} was not written: {error}")


def folder(path: Path) -> Path:
    """Return the folder of the files, made if it is missing.

    Raises:
        typer.BadParameter: it cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise typer.BadParameter(f"cannot make the folder {path}: {reason}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise typer.BadParameter(f"cannot write into the folder {path}.")
    return path


def stem(*words: str) -> str:
    """Return a file name of words; a problem's name may hold anything, a file's may not."""
    text = "-".join(
        re.sub(r"[^A-Za-z0-9_.]+", "_", word).strip("._") or "unnamed" for word in words
    )
    return text[:LONGEST]


def keep_solution(solution: Solution, place: Path, name: str, *, vtk: bool = False) -> Kept:
    """Write the solution and its picture, and if asked for a copy for ParaView."""
    kept = Kept()
    kept.write("picture", place / f"{name}.png", solution.plot)
    kept.write("solution", place / f"{name}.rs", solution.save)
    if vtk:
        from residuum.problem._vtk import suffix_of  # imports JAX

        kept.write("vtk", place / f"{name}{suffix_of(solution.problem)}", solution.to_vtk)
    return kept


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document."""
    path.write_text(to_json(value) + "\n", encoding="utf-8")
