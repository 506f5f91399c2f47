"""Errors: what was wanted, what was got, what to do.

ResiduumError
├── ProblemError          the statement itself is wrong
│   ├── ConditionError    a condition is missing, doubled, misplaced or contradictory
│   ├── DomainError       a shape is empty, has the wrong dimension or an unknown part
│   └── DataError         observations or coefficients cannot be used
├── ParseError            a problem file or an expression cannot be read
├── UnsuitableMethod      the method lacks what the problem's traits ask for
├── OptionError           an argument of a call is out of range or unknown
├── FileError             a file is missing, damaged, hostile or of another kind
├── MissingExtra          an optional part is not installed
└── SolveFailed           raised on request from a failed solution
"""

from __future__ import annotations


class ResiduumError(ValueError):
    """Base of every error raised on wrong use.

    Args:
        wanted: what the call expected, as a phrase.
        got: what it received.
        remedy: what the user can do, as an imperative sentence.
    """

    def __init__(self, wanted: str, got: str, remedy: str) -> None:
        self.wanted, self.got, self.remedy = wanted, got, remedy
        super().__init__(f"wanted {wanted}; got {got}. {remedy}")


class ProblemError(ResiduumError):
    """The statement of the problem is wrong."""


class ConditionError(ProblemError):
    """A condition is missing, doubled, misplaced or contradicts another."""


class DomainError(ProblemError):
    """A shape is empty, has the wrong dimension, or lacks the named part."""


class DataError(ProblemError):
    """Observations, coefficients or given values cannot be used."""


class ParseError(ResiduumError):
    """A problem file or an expression in it cannot be read."""


class UnsuitableMethod(ResiduumError):
    """The method lacks what the problem's traits ask for."""


class OptionError(ResiduumError):
    """An argument is unknown or out of range."""


class FileError(ResiduumError):
    """A file is missing, damaged, hostile, or of another kind."""


class MissingExtra(ResiduumError):
    """An optional dependency is absent; the message names the extra to install."""


class SolveFailed(ResiduumError):
    """Raised by ``Solution.check`` when the result code is not a success."""
