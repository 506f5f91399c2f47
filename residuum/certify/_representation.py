"""The protocol of what a solution can be converted to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from residuum._core import Field
from residuum.problem import Problem, Solution


class Representation(ABC):
    """A kind of field that any other can be projected on or interpolated by.

    Final subclasses are frozen dataclasses of their options.
    """

    name: ClassVar[str]

    @abstractmethod
    def refuse(self, problem: Problem) -> str | None:
        """Return why no field of this kind fits the problem, or ``None``."""

    @abstractmethod
    def attempts(self, solution: Solution, tol: float) -> Iterator[tuple[Field, str]]:
        """Return fields from coarse to fine, each with what it is in words; at least one."""
