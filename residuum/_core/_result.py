"""Result codes: how a solve ended. Failed numerics is an answer, not an exception."""

from __future__ import annotations

from enum import Enum


class Result(Enum):
    """How a solve ended.

    ``ok`` is true for the codes under which the answer meets what was asked of the method. Only
    ``TOLERANCE_REACHED`` says anything about the error, and only a certificate may grant it.
    """

    SUCCESSFUL = "the method met its own stopping rule; no tolerance was asked"
    TOLERANCE_REACHED = "the certificate is below the tolerance asked"
    TOLERANCE_NOT_VERIFIED = "the method finished, but nothing verifies the tolerance asked"
    TOLERANCE_NOT_REACHED = "the certificate is above the tolerance asked"
    STAGNATED = "no further progress; the best answer so far is kept"
    DIVERGED = "the iteration diverged; the best finite answer so far is kept"
    NOT_FINITE = "NaN or infinity appeared; the best finite answer so far is kept"
    NOT_DETERMINED = "the data do not fix every number, or contradict the statement; see the notes"
    OUT_OF_BUDGET = "the budget was spent; the best answer so far is kept"
    OUT_OF_MEMORY = "the request does not fit into memory"
    INTERRUPTED = "interrupted; the best answer so far is kept"

    @property
    def ok(self) -> bool:
        """Whether the answer meets what was asked of the method."""
        return self in (Result.SUCCESSFUL, Result.TOLERANCE_REACHED)

    @property
    def code(self) -> str:
        """The name in lower case with spaces, as shown to people."""
        return self.name.lower().replace("_", " ")
