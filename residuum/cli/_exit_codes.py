"""Exit codes: what a script can rely on."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """How the command ended.

    ``NOT_OK`` is still an answer: files are written, and the result code says what is missing.
    """

    OK = 0
    UNFIT = 1
    USAGE = 2
    NOT_OK = 3
    INTERNAL = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line for the help text."""
        return MEANINGS[self]


MEANINGS = {
    ExitCode.OK: "the command did what was asked",
    ExitCode.UNFIT: "doctor found something that does not work",
    ExitCode.USAGE: "wrong use: an option, a problem, a method or a file",
    ExitCode.NOT_OK: "the solve ended without success (see its result); files are written",
    ExitCode.INTERNAL: "an error inside Residuum; --debug shows where",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C; the best answer so far is kept",
}


def epilog() -> str:
    """Return the table for ``--help``."""
    lines = [f"{code.value:>3}  {code.meaning}" for code in ExitCode]
    return "\n".join(["Exit codes:", *lines])


def code_of(result: Any) -> ExitCode:
    """Return the exit code of a solve that ended with a ``Result``."""
    if result.ok:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if result.name == "INTERRUPTED" else ExitCode.NOT_OK
