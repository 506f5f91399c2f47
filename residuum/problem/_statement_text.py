"""The statement of a family as text: what all members have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence

from residuum._core import ResiduumError
from residuum.problem._file import read_problem_text
from residuum.problem._problem import Problem
from residuum.problem._render import write_problem

DRAWN = re.compile(r"^(\w+ ~ .*|\S+ <= \w+ <= \S+)$", re.MULTILINE)
"""How a family writes what is drawn and what bounds hold, behind its statement."""


def statement_text(problem: Problem, varied: Sequence[str]) -> str:
    """Return a statement without name, observations and the values that vary.

    Two problems are members of one family if these texts are equal.

    Args:
        problem: a member.
        varied: names of coefficients and parameters whose values are its own.

    Raises:
        FileError: it holds a Python function that does not vary, or a mesh without a file.
    """
    bare = object.__new__(Problem)  # a value of one everywhere need make no sound statement
    bare.domain, bare.equations, bare.conditions = (
        problem.domain,
        problem.equations,
        problem.conditions,
    )
    bare.observations, bare.name = (), "member"
    known = {name: value for name, value in problem.given.items() if name not in varied}
    bare.given = {**known, **dict.fromkeys(varied, 1.0)}
    return write_problem(bare)


def read_family(text: str, varied: Sequence[str]) -> str | None:
    """Return the statement of a family from the text that samples carry; ``None`` if it is none."""
    try:
        return statement_text(read_problem_text(DRAWN.sub("", text)), varied)
    except ResiduumError:
        return None


def difference(family: str, problem: Problem, varied: Sequence[str]) -> str | None:
    """Return in words where a problem is no member of a family, or ``None``."""
    try:
        mine = statement_text(problem, varied)
    except ResiduumError as error:
        return f"its statement cannot be compared with that of the family: {error}"
    if mine == family:
        return None
    wanted, got = family.splitlines(), mine.splitlines()
    for a, b in zip(wanted, got, strict=False):
        if a != b:
            return f"it is of another family: {b.strip()!r}, where the family has {a.strip()!r}"
    return "it is of another family: its statement is longer or shorter"
