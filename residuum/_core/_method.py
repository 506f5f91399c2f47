"""The protocol of everything that solves a problem."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from residuum._core._budget import Monitor
from residuum._core._certificate import Certificate
from residuum._core._field import Field
from residuum._core._keys import Key
from residuum._core._posterior import Posterior
from residuum._core._result import Result
from residuum._core._source import Source


@dataclass
class Task:
    """What is asked of a method besides the problem.

    Args:
        tol: relative L2 error asked for, or ``None`` for the method's own default.
        key: source of randomness.
        monitor: clock, budget, record and progress.
        start: an earlier answer to the same unknowns to go on from, where the method can.
    """

    tol: float | None = None
    key: Key = 7
    monitor: Monitor = dataclasses.field(default_factory=Monitor)
    start: Answer | None = None


@dataclass
class Answer:
    """What a method hands back; ``solve`` makes a ``Solution`` of it.

    Args:
        field: coordinates to unknowns, in the units of the problem.
        result: how the method ended; it never claims a tolerance, ``solve`` does from the
            certificate.
        certificate: what is known of the error.
        parameters: inferred numbers by name.
        posterior: how well the readings fix these, where that was asked.
    """

    field: Field
    result: Result
    certificate: Certificate = dataclasses.field(default_factory=Certificate)
    parameters: dict[str, float] = dataclasses.field(default_factory=dict)
    posterior: Posterior | None = None


class Method(ABC):
    """Problem to solution. Final subclasses are frozen dataclasses of their options.

    Class attributes:
        name: what the command line calls it.
        family: ``"classical"``, ``"floor"`` (nothing trained) or ``"learned"``, for honest tables.
        sources: the papers behind it.
    """

    name: ClassVar[str]
    family: ClassVar[str] = "learned"
    sources: ClassVar[tuple[Source, ...]] = ()

    def __str__(self) -> str:
        """Name the class and the options that are not the default ones."""
        chosen = []
        options: Any = dataclasses.fields(self) if dataclasses.is_dataclass(self) else ()
        for item in options:
            value = getattr(self, item.name)
            if value != item.default:
                chosen.append(f"{item.name}={value!r}")
        return f"{type(self).__name__}({', '.join(chosen)})"

    @abstractmethod
    def refuse(self, problem: Any) -> str | None:
        """Return why the problem does not suit the method, or ``None`` if it does."""

    @abstractmethod
    def run(self, problem: Any, task: Task) -> Answer:
        """Solve a problem that suits the method. Called in float64 scope by ``solve``.

        A method stops by itself when ``task.monitor.spent`` turns true, keeps its best answer on
        ``KeyboardInterrupt``, and never returns a field that is not finite.
        """
