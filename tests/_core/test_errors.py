"""Errors say what was wanted, what was got and what to do."""

from __future__ import annotations

import pytest

from residuum import _core
from residuum._core import (
    ConditionError,
    DataError,
    DomainError,
    ProblemError,
    ResiduumError,
)

EVERY = [
    item
    for item in vars(_core).values()
    if isinstance(item, type) and issubclass(item, ResiduumError)
]


@pytest.mark.parametrize("kind", EVERY)
def test_a_message_has_its_three_parts(kind: type[ResiduumError]) -> None:
    error = kind("a shape with an inside", "an empty one", "Enlarge the radius.")
    assert (error.wanted, error.got, error.remedy) == (
        "a shape with an inside",
        "an empty one",
        "Enlarge the radius.",
    )
    assert str(error) == "wanted a shape with an inside; got an empty one. Enlarge the radius."
    assert isinstance(error, ValueError)


def test_the_tree_is_the_one_drawn() -> None:
    below = {kind for kind in EVERY if issubclass(kind, ProblemError)}
    assert below == {ProblemError, ConditionError, DomainError, DataError}
    assert {kind.__name__ for kind in EVERY if kind.__base__ is ResiduumError} == {
        "ProblemError",
        "ParseError",
        "UnsuitableMethod",
        "OptionError",
        "FileError",
        "MissingExtra",
        "SolveFailed",
    }
